import { f32, GraphBuilder, type Model, openBatch, readModel, writeModel } from '@neuron-atlas/onnx';
import { writeNpy } from '@neuron-atlas/priors';
import type { SynthesisView } from '@neuron-atlas/spec';
import { expect, it } from 'vitest';
import { openProgram } from './ascender.js';
import { compileProgram } from './compile-program.js';
import { createNodeRuntime } from './node.js';
import { randomStream } from './random.js';

// Of one linear unit Σ w·x with x in the box [0, 1] the picture that it likes most is known: 1 where w is above 0, else 0.

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const size = 8;
const { normal } = randomStream(2, 'unit');
const weights = Float32Array.from({ length: 3 * size * size }, () => normal());

function unit(): Model {
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('image', 'f32', [1, 3, size, size]);
  const out = g.emit('Conv', [x, g.constant(f32([1, 3, size, size], weights), 'w')], {}, [{ dtype: 'f32', shape: [1, 1, 1, 1], name: 'unit' }])[0]!;
  return readModel(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('unit', [out]) }));
}

/** A generator whose code is a picture in other coordinates: a turn of all numbers (Householder's, of a drawn direction), and grey at the code 0. */
function turningGenerator(): Uint8Array {
  const count = weights.length;
  const { normal: draw } = randomStream(4, 'turn');
  const drawn = Float64Array.from({ length: count }, () => draw());
  const length = Math.hypot(...drawn);
  const g = new GraphBuilder({ opset: 18 });
  const turn = Float32Array.from({ length: count * count }, (_, at) => {
    const [i, j] = [Math.floor(at / count), at % count];
    return (i === j ? 1 : 0) - (2 * drawn[i]! * drawn[j]!) / length ** 2;
  });
  const picture = g.add(g.reshape(g.matMul(g.input('code', 'f32', [1, count]), g.constant(f32([count, count], turn))), [1, 3, size, size]), 0.5);
  const graph = openBatch(g.build('generator', [g.emit('Identity', [picture], {}, [{ dtype: 'f32', shape: picture.shape, name: 'out' }])[0]!]));
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph });
}

const files = new Map([
  ['generator', turningGenerator()],
  ['picture', writeNpy({ shape: [3, size, size], data: Float32Array.from({ length: 3 * size * size }, () => Math.min(0.9, Math.max(0.1, 0.5 + 0.2 * normal()))) })],
]);

async function climb(given: Partial<SynthesisView>, mean = 0): Promise<{ readonly image: Float32Array; readonly score: number }> {
  const view: SynthesisView = { prior: 'pixels', priorParams: {}, recipe: 'none', objective: 'neuron', objectiveParams: {}, steps: 1500, size, seeds: [0], batch: 1, ...given };
  const program = await compileProgram({ modelSha256: '0'.repeat(64), tensor: 'unit', view, input: { name: 'image', shape: [1, 3, size, size] }, preprocess: { mean: [mean], std: [1], range: [0, 1], color: 'RGB' }, model: unit(), runtime, files });
  await using ascender = await openProgram(runtime, program);
  return (await ascender.run({ units: [0], seed: 0, steps: view.steps, chunk: 100 }))[0]!;
}
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const cosine = (a: Float32Array, b: Float32Array): number => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

// Priors through a sigmoid whose numbers are shared by all pixels come to the corners of the box only after very many steps.
const box: Readonly<Record<string, Partial<SynthesisView>>> = {
  'pixels through a sigmoid': { prior: 'pixels', learningRate: 0.3 },
  'clipped pixels': { prior: 'pixels', priorParams: { squash: 'clip' }, optimiser: { name: 'sgd', params: { normalise: 'norm' } }, learningRate: 1 },
};

it.each(Object.entries(box))('%s: reach the corner of the box that a linear unit likes most, and its value', async (_, given) => {
  const { image, score } = await climb(given);
  const optimum = weights.map((w) => (w > 0 ? 1 : 0));
  const best = dot(optimum, weights);
  expect(score).toBeGreaterThan(0.99 * best);
  expect(score).toBeLessThan(1.0001 * best);
  expect(cosine(image, optimum)).toBeGreaterThan(0.99);
});

// Less weight · mean (x − grey)² the optimum is x = grey + w · D / (2 · weight), here all within the box. Not among these are the priors
// that cannot show it: `cppn`, whose pictures are smooth, `maco`, whose magnitudes are given, and `ppgn`, which adds noise at each step.
const inside: Readonly<Record<string, Partial<SynthesisView>>> = {
  pixels: { prior: 'pixels', learningRate: 0.1 },
  fourier: { prior: 'fourier', learningRate: 0.05 },
  pyramid: { prior: 'pyramid', learningRate: 0.05 },
  accentuation: { prior: 'accentuation', priorParams: { picture: 'picture' }, learningRate: 0.05 },
  generator: { prior: 'generator', priorParams: { model: 'generator', keep: 1, scale: 0.1 }, optimiser: { name: 'adam', params: {} }, learningRate: 0.05 },
};

it.each(Object.entries(inside))('%s: reaches what a linear unit likes most under an L2 penalty, and its value', async (_, given) => {
  const [weight, grey] = [800, 0.5];
  const { image } = await climb({ ...given, regularisers: [{ name: 'l2', params: { weight } }], schedule: { name: 'cosine', params: {} } }, grey);
  const value = (x: Float32Array): number => dot(x, weights) - (weight * dot(x, x)) / x.length; // of x − grey
  const optimum = weights.map((w) => (w * weights.length) / (2 * weight));
  expect(Math.max(...optimum.map(Math.abs))).toBeLessThan(0.5);
  const away = image.map((x) => x - grey);
  expect(value(away)).toBeGreaterThan(0.99 * value(optimum));
  expect(value(away)).toBeLessThan(1.0001 * value(optimum));
  expect(cosine(away, optimum)).toBeGreaterThan(0.99);
});
