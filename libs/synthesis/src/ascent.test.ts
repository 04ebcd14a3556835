import { GraphBuilder, i64, readModel, tensor, writeModel, type Model, type Runtime } from '@neuron-atlas/onnx';
import { writeNpy } from '@neuron-atlas/priors';
import type { SynthesisView } from '@neuron-atlas/spec';
import { assertStandard } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { openProgram, type Ascent } from './ascender.js';
import { compileProgram } from './compile-program.js';
import { errors as synthesisErrors } from './errors.js';
import { createNodeRuntime } from './node.js';
import { programKey, type Program, type ProgramSource } from './program.js';
import { randomStream } from './random.js';

const size = 12;

/** conv(3→6, 3×3) + relu, conv(6→5, 3×3, stride 2): layers `first` and `second`, before their nonlinearity. */
function tinyModel(seed = 1): Model {
  const { normal } = randomStream(seed, 'weights');
  const weight = (g: GraphBuilder, shape: readonly number[]): ReturnType<GraphBuilder['constant']> =>
    g.constant(tensor('f32', shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.3 * normal())), `weights_${shape.join('_')}`);
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('image', 'f32', [1, 3, size, size]);
  const first = g.emit('Conv', [x, weight(g, [6, 3, 3, 3])], {}, [{ dtype: 'f32', shape: [1, 6, size - 2, size - 2], name: 'first' }])[0]!;
  const second = g.emit('Conv', [g.relu(first), weight(g, [5, 6, 3, 3])], { strides: { type: 'ints', value: [2, 2] } }, [{ dtype: 'f32', shape: [1, 5, 4, 4], name: 'second' }])[0]!;
  const model: Model = { irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('tiny', [second]) };
  return readModel(writeModel(model));
}

const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const shift = (pixels: number): SynthesisView['transforms'] => [{ name: 'jitter', params: { pixels } }];
const view = (given: Partial<SynthesisView> = {}): SynthesisView => ({
  prior: 'fourier', priorParams: {}, transforms: shift(2), objective: 'channel', objectiveParams: {}, steps: 20, size, seeds: [0], learningRate: 0.05, batch: 4, ...given,
});
const source = (tensorName: string, given: Partial<SynthesisView> = {}): ProgramSource => ({
  modelSha256: '0'.repeat(64), tensor: tensorName, view: view(given), input: { name: 'image', shape: [1, 3, size, size] },
  preprocess: { mean: [0.5], std: [0.25], range: [0, 1], color: 'RGB' },
});

const runtime = await createNodeRuntime({ provider: 'cpu' });
const compile = (tensorName: string, given: Partial<SynthesisView> = {}, model = tinyModel()): Promise<Program> =>
  compileProgram({ ...source(tensorName, given), model, runtime });
async function climb(program: Program, units: readonly number[], options: { seed?: number; steps?: number; chunk?: number } = {}): Promise<readonly Ascent[]> {
  await using ascender = await openProgram(runtime, program);
  return await ascender.run({ units, seed: 0, steps: 20, chunk: 8, ...options });
}

describe('an ascent', () => {
  it('is one graph of standard operators', async () => {
    for (const prior of ['pixels', 'fourier']) {
      const program = await compile('second', { prior, transforms: undefined });
      assertStandard(readModel(program.bytes));
      expect(readModel(program.bytes).graph.nodes.some((node) => node.op === 'Loop')).toBe(true);
    }
  });

  it.each(['first', 'second'])('ends above its start for every unit of %s', async (layer) => {
    const program = await compile(layer);
    for (const ascent of await climb(program, [0, 1, 2, 3])) {
      expect(ascent.score).toBeGreaterThan(ascent.scoreStart);
      expect(ascent.gradientNorm).toBeGreaterThan(0);
      expect(ascent.trace).toHaveLength(20);
      expect(ascent.image.every((pixel) => pixel >= 0 && pixel <= 1)).toBe(true);
    }
  });

  it('gives the same bytes again, whatever the chunks and the units beside it', async () => {
    const program = await compile('second');
    const [, alone] = [0, (await climb(program, [3]))[0]!];
    const [chunked] = await climb(program, [3], { chunk: 1 });
    const third = (await climb(program, [0, 1, 3]))[2]!;
    const recompiled = (await climb(await compile('second'), [3]))[0]!;
    for (const other of [chunked!, third, recompiled]) {
      expect(other.image).toEqual(alone.image);
      expect(other.trace).toEqual(alone.trace);
      expect([other.score, other.scoreStart]).toEqual([alone.score, alone.scoreStart]);
    }
    expect((await climb(program, [3], { seed: 1 }))[0]!.image).not.toEqual(alone.image);
  });

  it('follows a scalar ascent written from the formulas, step by step', async () => {
    // One convolution under the channel mean: the gradient of the picture is known in closed form.
    const steps = 20;
    const params = { scale: 0.1 };
    const program = await compile('first', { prior: 'pixels', priorParams: params, recipe: 'none', transforms: undefined, objectiveParams: { leak: 1 }, batch: 1, learningRate: 0.1 });
    const [ascent] = await climb(program, [2], { steps, chunk: 7 });

    const weights = tinyModel().graph.initializers.get('weights_6_3_3_3')!.data as Float32Array;
    const map = size - 2;
    const slope = new Float64Array(3 * size * size); // ∂score/∂input: every weight that touches the pixel, over the map's size
    for (let c = 0; c < 3; c++) for (let i = 0; i < map; i++) for (let j = 0; j < map; j++) for (let a = 0; a < 3; a++) for (let b = 0; b < 3; b++) {
      slope[(c * size + i + a) * size + j + b]! += weights[((2 * 3 + c) * 3 + a) * 3 + b]! / (map * map);
    }
    const { normal } = randomStream(0, 'latent');
    const x = Float64Array.from({ length: slope.length }, () => Math.fround(params.scale * normal()));
    const [m, v] = [new Float64Array(x.length), new Float64Array(x.length)];
    const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
    const score = (): number => x.reduce((total, value, i) => total + slope[i]! * ((sigmoid(value) - 0.5) / 0.25), 0);
    const scores: number[] = [];
    for (let t = 1; t <= steps; t++) {
      scores.push(score());
      x.forEach((value, i) => {
        const gradient = (slope[i]! / 0.25) * sigmoid(value) * (1 - sigmoid(value));
        m[i] = adam.beta1 * m[i]! + (1 - adam.beta1) * gradient;
        v[i] = adam.beta2 * v[i]! + (1 - adam.beta2) * gradient ** 2;
        x[i] = value + (0.1 * (m[i]! / (1 - adam.beta1 ** t))) / (Math.sqrt(v[i]! / (1 - adam.beta2 ** t)) + adam.epsilon);
      });
    }
    scores.forEach((wanted, t) => expect(ascent!.trace[t]).toBeCloseTo(wanted, 4));
    expect(ascent!.score).toBeCloseTo(score(), 4);
    ascent!.image.forEach((pixel, i) => expect(pixel).toBeCloseTo(sigmoid(x[i]!), 4));
  });

  it('finds a planted template at its place', async () => {
    // Unit k answers to template k alone: in the box 0..1 the picture that excites it most is 1 where the template is above 0.
    const { normal } = randomStream(5, 'template');
    const templates = Float32Array.from({ length: 4 * 3 * size * size }, () => normal());
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('image', 'f32', [1, 3, size, size]);
    const out = g.emit('Conv', [x, g.constant(tensor('f32', [4, 3, size, size], templates), 'templates')], {}, [{ dtype: 'f32', shape: [1, 4, 1, 1], name: 'detector' }])[0]!;
    const model: Model = { irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('planted', [out]) };
    const program = await compile('detector', { prior: 'pixels', recipe: 'none', transforms: undefined, objective: 'neuron' }, model);
    const ascents = await climb(program, [0, 1, 2, 3], { steps: 64, chunk: 64 });
    const pixels = 3 * size * size;
    const correlation = (image: Float32Array, k: number): number => {
      const template = templates.subarray(k * pixels, (k + 1) * pixels);
      const centred = (values: Float32Array): number[] => { const mean = values.reduce((a, b) => a + b, 0) / pixels; return Array.from(values, (value) => value - mean); };
      const [a, b] = [centred(image), centred(template.map(Math.sign))];
      const dot = (p: number[], q: number[]): number => p.reduce((total, value, i) => total + value * q[i]!, 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    ascents.forEach((ascent, k) => {
      expect(correlation(ascent.image, k)).toBeGreaterThan(0.95);
      expect(Math.abs(correlation(ascent.image, (k + 1) % 4))).toBeLessThan(0.2);
    });
  });

  it('takes the layer at any canvas where the graph allows it, else at the size of the model', async () => {
    expect((await compile('second', { size: 20 })).meta).toMatchObject({ height: 20, width: 20, units: 5 });
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('image', 'f32', [1, 3, size, size]);
    const flat = g.emit('Reshape', [x, g.constant(i64([2], [1, 3 * size * size]))], {}, [{ dtype: 'f32', shape: [1, 3 * size * size] }])[0]!;
    const dense = g.emit('MatMul', [flat, g.constant(tensor('f32', [3 * size * size, 2], new Float32Array(6 * size * size).fill(0.1)), 'dense')], {}, [{ dtype: 'f32', shape: [1, 2], name: 'head' }])[0]!;
    const fixed: Model = { irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('fixed', [dense]) };
    expect((await compile('head', { size: 20, objective: 'logit' }, fixed)).meta).toMatchObject({ height: size, width: size, units: 2 });
  });

  it('keeps to its canvas when memory runs out, instead of taking another', async () => {
    let loads = 0;
    const scarce: Runtime = {
      ...runtime,
      load: (model, options) => {
        if (loads++ === 0) throw synthesisErrors.outOfMemory({ provider: 'cpu', reason: 'none left' });
        return runtime.load(model, options);
      },
    };
    await expect(compileProgram({ ...source('second', { size: 20 }), model: tinyModel(), runtime: scarce })).rejects.toMatchObject({ code: 'SYNTHESIS_OUT_OF_MEMORY' });
    expect(loads).toBe(1);
  });

  it('refuses units that the layer does not have', async () => {
    const program = await compile('second');
    await expect(climb(program, [5])).rejects.toMatchObject({ code: 'SYNTHESIS_BAD_UNITS' });
    await expect(climb(program, [])).rejects.toMatchObject({ code: 'SYNTHESIS_BAD_UNITS' });
  });
});

describe('programKey', () => {
  it('changes with whatever changes the program, and with nothing else', async () => {
    const key = await programKey(source('second'), 'r 1');
    expect(await programKey(source('second', { steps: 999, seeds: [1, 2] }), 'r 1')).toBe(key);
    const others = [
      await programKey(source('first'), 'r 1'), await programKey(source('second', { batch: 5 }), 'r 1'), await programKey(source('second'), 'r 2'),
      await programKey(source('second', { transforms: shift(3) }), 'r 1'), await programKey(source('second', { objective: 'neuron' }), 'r 1'),
    ];
    expect(new Set([key, ...others]).size).toBe(6);
  });
});

/** Cosine of two pictures about grey. */
const alike = (a: Float32Array, b: Float32Array): number => {
  const dot = (p: Float32Array, q: Float32Array): number => p.reduce((sum, value, i) => sum + (value - 0.5) * (q[i]! - 0.5), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe('an ascent whose pictures are made together', () => {
  const seeds = [3, 5, 8];
  const together = async (objective: string, objectiveParams: SynthesisView['objectiveParams'], units = [0, 2]): Promise<readonly Ascent[]> => {
    await using ascender = await openProgram(runtime, await compile('second', { objective, objectiveParams, seeds, batch: 2, steps: 120 }));
    return await ascender.run({ units, seed: seeds[0]!, seeds, steps: 120, chunk: 50 });
  };

  it('has a picture for each unit and seed, and those of a unit do not depend on the other units', async () => {
    const both = await together('diversity', { weight: 1 });
    expect(both.map(({ unit, seed }) => [unit, seed])).toEqual([[0, 3], [0, 5], [0, 8], [2, 3], [2, 5], [2, 8]]);
    expect((await together('diversity', { weight: 1 }, [0])).map(({ image }) => image)).toEqual(both.slice(0, 3).map(({ image }) => image));
  });

  it('climbs as each alone where likeness costs nothing', async () => {
    const free = await together('diversity', { weight: 0 });
    await using ascender = await openProgram(runtime, await compile('second', { batch: 2, steps: 120 }));
    // The transforms of pictures made together are those of the first seed.
    const [alone] = await ascender.run({ units: [0], seed: 3, steps: 120, chunk: 50 });
    expect(alike(alone!.image, free[0]!.image)).toBeGreaterThan(0.9999);
  });

  it('makes pictures that differ more the more likeness costs', async () => {
    const likeness = async (weight: number): Promise<number> => {
      const [a, b, c] = await together('diversity', { weight }, [0]);
      return (alike(a!.image, b!.image) + alike(b!.image, c!.image) + alike(a!.image, c!.image)) / 3;
    };
    expect(await likeness(0) - await likeness(5)).toBeGreaterThan(0.1);
  });

  it('is refused with one seed, and with other seeds than it was compiled for', async () => {
    await expect(compile('second', { objective: 'diversity' })).rejects.toMatchObject({ code: 'OBJECTIVES_ONE_PICTURE' });
    await using ascender = await openProgram(runtime, await compile('second', { objective: 'diversity', seeds, batch: 1 }));
    await expect(ascender.run({ units: [0], seed: 0, seeds: [0], steps: 1, chunk: 1 })).rejects.toMatchObject({ code: 'SYNTHESIS_BAD_SEEDS' });
  });

  it('has another key with another number of seeds', async () => {
    const key = (count: number): Promise<string> => programKey(source('second', { objective: 'channel + 2 * diversity', seeds: seeds.slice(0, count) }), runtime.version);
    expect(await key(2)).not.toBe(await key(3));
  });
});

describe('an ascent towards what a layer makes of a picture', () => {
  it('has the score that the two pictures\' activations give, the same for every unit, and climbs', async () => {
    const { normal } = randomStream(4, 'pictures');
    const drawn = (): Float32Array => Float32Array.from({ length: 3 * size * size }, (_, i) => Math.min(1, Math.max(0, 0.5 + 0.3 * Math.sin((i % size) + Math.floor(i / size)) + 0.2 * normal())));
    const picture = drawn();
    const files = new Map([['it', writeNpy({ shape: [3, size, size], data: picture })]]);
    const program = await compileProgram({ ...source('second', { objective: 'caricature', objectiveParams: { picture: 'it', power: 1 }, transforms: [] }), model: tinyModel(), runtime, files });
    await using ascender = await openProgram(runtime, program, { files });
    const [first, second] = await ascender.run({ units: [0, 1], seed: 0, steps: 150, chunk: 50 });
    expect(second!.image).toEqual(first!.image);
    expect(first!.score).toBeGreaterThan(first!.scoreStart);
    await using network = await runtime.load(writeModel(tinyModel()));
    const activations = async (image: Float32Array): Promise<Float32Array> => (await network.run({ image: tensor('f32', [1, 3, size, size], image.map((x) => (x - 0.5) / 0.25)) }))['second']!.data as Float32Array;
    const [a, r] = [await activations(first!.image), await activations(picture)];
    const dot = (p: Float32Array, q: Float32Array): number => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
    const cosine = dot(a, r) / Math.sqrt(dot(a, a) * dot(r, r));
    expect(first!.score).toBeCloseTo((dot(a, r) / 16) * Math.max(0.1, cosine), 3);
    expect(cosine).toBeGreaterThan(0.8);
    await expect(compileProgram({ ...source('second', { objective: 'caricature', objectiveParams: { picture: 'it' } }), model: tinyModel(), runtime, files: new Map([['it', writeNpy({ shape: [1, 2, 2], data: new Float32Array(4) })]]) })).rejects.toMatchObject({ code: 'SYNTHESIS_BAD_PICTURE' });
  });
});
