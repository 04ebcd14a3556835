import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackwardMode } from '@neuron-atlas/autodiff';
import { receptiveFields, unitBox } from '@neuron-atlas/exemplars';
import { f32, findLayers, float, GraphBuilder, int, ints, type Model, type Runtime, sizeOf, specialize, upgradeOpset, type Value } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { seeded } from '@neuron-atlas/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNodeRuntime } from '../node.js';
import { compileProjection, type ProjectionSource } from './compile-projection.js';
import { projectionMass, projectionPicture } from './projection-picture.js';
import { openProjector, type Projection, type ProjectionRequest } from './projector.js';
import { asReference, type ReferenceLayer, referenceProjection } from '../../test/reference-projection.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const squeezenet = join(process.env['NEURON_ATLAS_SHARED'] ?? join(root, '..', 'shared'), 'data', 'models', 'squeezenet1_1.onnx');
const reason = existsSync(squeezenet) ? '' : ` (skipped: there is no ${squeezenet}; set NEURON_ATLAS_SHARED)`;
/** The picture is the model's input as it stands. */
const plain = { mean: [0], std: [1], range: [0, 1], color: 'RGB' } as const;

let runtime: Runtime;
beforeAll(async () => { runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 }); });

const modelOf = (g: GraphBuilder, output: Value): Model => ({ irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('test', [output]) });
const noise = (random: () => number, length: number): Float32Array => Float32Array.from({ length }, () => random());

async function project(model: Model, tensor: string, units: number, shape: readonly number[], requests: readonly ProjectionRequest[], options: Partial<ProjectionSource> = {}): Promise<readonly Projection[]> {
  const program = await compileProjection({ model, modelSha256: 'test', tensor, units, input: { name: model.graph.inputs[0]!.name, shape }, preprocess: plain, method: 'deconvnet', batch: 3, runtime, ...options });
  await using projector = await openProjector(runtime, program);
  return await projector.run(requests);
}

/** A network of these layers, by the project's builder and by plain loops. */
function twice(size: number, layers: readonly ReferenceLayer[]): { readonly model: Model; readonly tensor: string } {
  const g = new GraphBuilder({ opset: 18 });
  let value = g.input('x', 'f32', [1, 3, size, size]);
  for (const layer of layers) {
    if (layer.kind === 'relu') value = g.relu(value);
    else if (layer.kind === 'conv') value = g.conv(value, g.constant(f32(layer.shape, layer.weights)), g.constant(f32([layer.shape[0]], layer.bias)), { pads: [layer.pad, layer.pad, layer.pad, layer.pad], strides: [layer.stride, layer.stride] });
    else {
      const side = Math.floor((value.shape[2]! + 2 * layer.pad - layer.kernel) / layer.stride) + 1;
      const attrs = { kernel_shape: ints([layer.kernel, layer.kernel]), strides: ints([layer.stride, layer.stride]), pads: ints([layer.pad, layer.pad, layer.pad, layer.pad]), ceil_mode: int(0) };
      value = g.emit('MaxPool', [value], attrs, [{ dtype: 'f32', shape: [1, value.shape[1]!, side, side] }])[0]!;
    }
  }
  return { model: modelOf(g, value), tensor: value.name };
}

const conv = (random: () => number, shape: readonly [number, number, number, number], { pad = 0, stride = 1 } = {}): ReferenceLayer =>
  ({ kind: 'conv', shape, weights: noise(random, sizeOf(shape)).map((value) => value - 0.5), bias: noise(random, shape[0]).map((value) => value - 0.5), pad, stride });

describe('a projection', () => {
  it('of one convolution is the transposed convolution', async () => {
    const random = seeded(1);
    const layer = conv(random, [4, 3, 3, 3], { stride: 2 });
    if (layer.kind !== 'conv') expect.fail();
    const { model, tensor } = twice(9, [layer]);
    const [{ projection }] = await project(model, tensor, 4, [1, 3, 9, 9], [{ picture: noise(random, 243), unit: 2, place: 1 * 4 + 3 }]) as [Projection];
    // Place (1, 3): the kernel of unit 2 stands at rows 2 to 4, columns 6 to 8.
    const expected = new Float32Array(243);
    for (let c = 0; c < 3; c++) for (let y = 0; y < 3; y++) for (let x = 0; x < 3; x++) expected[(c * 9 + 2 + y) * 9 + 6 + x] = layer.weights[((2 * 3 + c) * 3 + y) * 3 + x]!;
    expect([...projection]).toEqual([...expected]);
  });

  it('is the gradient where the network has no rectifier and no maximum', async () => {
    const random = seeded(2);
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('x', 'f32', [1, 3, 12, 12]);
    const w = (shape: readonly number[]): Value => g.constant(f32(shape, noise(random, sizeOf(shape)).map((value) => value - 0.5)));
    const first = g.conv(x, w([6, 3, 3, 3]), undefined, { pads: [1, 1, 1, 1] });
    const normal = g.emit('BatchNormalization', [first, w([6]), w([6]), w([6]), g.constant(f32([6], [1, 2, 3, 4, 5, 6]))], { epsilon: float(1e-5) }, [{ dtype: 'f32', shape: first.shape }])[0]!;
    const pooled = g.emit('AveragePool', [g.add(normal, g.tanh(normal))], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }, [{ dtype: 'f32', shape: [1, 6, 6, 6] }])[0]!;
    const last = g.conv(pooled, w([5, 6, 3, 3]));
    const requests = [0, 1, 2, 3].map((unit) => ({ picture: noise(random, 3 * 144), unit, place: 4 * unit }));
    const made = await Promise.all((['gradient', 'deconvnet', 'guided'] as const).map((method) => project(modelOf(g, last), last.name, 5, [1, 3, 12, 12], requests, { method })));
    expect(made[0]!.every(({ projection }) => projection.some((value) => value !== 0))).toBe(true);
    expect(made[1]).toEqual(made[0]);
    expect(made[2]).toEqual(made[0]);
  });

  const pools: readonly { readonly name: string; readonly pool: ReferenceLayer }[] = [
    { name: 'pools side by side', pool: { kind: 'max', kernel: 2, stride: 2, pad: 0 } },
    { name: 'overlapping, padded pools', pool: { kind: 'max', kernel: 3, stride: 2, pad: 1 } },
  ];
  it.each(pools.flatMap(({ name, pool }) => (['deconvnet', 'guided', 'gradient'] as const).map((method) => ({ name, pool, method }))))('by $method agrees with plain loops through $name', async ({ pool, method }) => {
    const random = seeded(3);
    const layers: readonly ReferenceLayer[] = [conv(random, [6, 3, 3, 3], { pad: 1 }), { kind: 'relu' }, pool, conv(random, [8, 6, 3, 3], { pad: 1 }), { kind: 'relu' }, conv(random, [5, 8, 3, 3])];
    const { model, tensor } = twice(12, layers);
    const requests = Array.from({ length: 7 }, (_, i) => ({ picture: noise(random, 3 * 144), unit: i % 5, place: (5 * i) % 16 }));
    for (const seed of ['one', 'activation'] as const) {
      const made = await project(model, tensor, 5, [1, 3, 12, 12], requests, { method, seed });
      requests.forEach((request, i) => {
        const { projection, activation } = referenceProjection(asReference(request.picture, 12), layers, request, method, seed);
        expect(made[i]!.activation).toBeCloseTo(activation, 4);
        const scale = Math.max(...projection.map(Math.abs), 1e-6);
        const worst = Math.max(...made[i]!.projection.map((value, at) => Math.abs(value - projection[at]!))) / scale;
        expect(worst, `${seed} ${i}`).toBeLessThan(1e-4);
      });
    }
  });

  it('differs from the gradient behind rectifiers, so that the test above can tell them apart', () => {
    const random = seeded(3);
    const layers: readonly ReferenceLayer[] = [conv(random, [6, 3, 3, 3]), { kind: 'relu' }, conv(random, [5, 6, 3, 3])];
    const picture = asReference(noise(random, 3 * 64), 8);
    const [a, b, c] = (['gradient', 'deconvnet', 'guided'] satisfies readonly BackwardMode[]).map((method) => [...referenceProjection(picture, layers, { unit: 1, place: 5 }, method, 'one').projection]);
    expect(a).not.toEqual(b);
    expect(b).not.toEqual(c);
    expect(a).not.toEqual(c);
  });

  it('does not depend on what else is in the batch, nor on its length', async () => {
    const random = seeded(5);
    const layers: readonly ReferenceLayer[] = [conv(random, [6, 3, 3, 3]), { kind: 'relu' }, conv(random, [5, 6, 3, 3])];
    const { model, tensor } = twice(10, layers);
    const requests = Array.from({ length: 5 }, (_, i) => ({ picture: noise(random, 300), unit: i, place: 7 * i }));
    const all = await project(model, tensor, 5, [1, 3, 10, 10], requests);
    for (const [i, request] of requests.entries()) expect(await project(model, tensor, 5, [1, 3, 10, 10], [request])).toEqual([all[i]]);
  });

  it('takes tokens with their features last, and dense units without a place', async () => {
    const random = seeded(6);
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('x', 'f32', [1, 3, 4, 4]);
    const tokens = g.transpose(g.reshape(g.conv(x, g.constant(f32([5, 3, 2, 2], noise(random, 60))), undefined, { strides: [2, 2] }), [1, 5, 4]), [0, 2, 1]);
    const dense = g.matMul(g.reshape(tokens, [1, 20]), g.constant(f32([20, 2], noise(random, 40))));
    const model = { ...modelOf(g, dense), graph: g.build('test', [tokens, dense]) };
    const picture = noise(random, 48);
    const [{ projection }] = await project(model, tokens.name, 5, [1, 3, 4, 4], [{ picture, unit: 4, place: 3 }], { axis: 2, kind: 'feature' }) as [Projection];
    expect([...projection].flatMap((value, i) => (value === 0 ? [] : [i % 16]))).toEqual([10, 11, 14, 15, 10, 11, 14, 15, 10, 11, 14, 15]);
    const [whole] = await project(model, dense.name, 2, [1, 3, 4, 4], [{ picture, unit: 1, place: 0 }]) as [Projection];
    expect(whole.projection.every((value) => value > 0)).toBe(true);
    await expect(project(model, dense.name, 2, [1, 3, 4, 4], [{ picture, unit: 1, place: 1 }])).rejects.toMatchObject({ code: 'SYNTHESIS_BAD_PROJECTION' });
    await expect(project(model, dense.name, 3, [1, 3, 4, 4], [{ picture, unit: 1, place: 0 }])).rejects.toMatchObject({ code: 'SYNTHESIS_NO_UNITS' });
  });

  it('takes a head by the mean square of what it writes at a token', async () => {
    const random = seeded(8);
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('x', 'f32', [1, 3, 4, 4]);
    const weights = noise(random, 48);
    // Two heads, three tokens, eight numbers each: every pixel times its own weight, in order.
    const heads = g.reshape(g.mul(x, g.constant(f32([1, 3, 4, 4], weights))), [1, 2, 3, 8]);
    const picture = noise(random, 48);
    const [found] = await project(modelOf(g, heads), heads.name, 2, [1, 3, 4, 4], [{ picture, unit: 1, place: 2 }], { kind: 'head', method: 'gradient' }) as [Projection];
    const written = Array.from({ length: 8 }, (_, i) => picture[40 + i]! * weights[40 + i]!);
    expect(found.activation).toBeCloseTo(written.reduce((sum, value) => sum + value ** 2, 0) / 8, 6);
    Array.from(found.projection).forEach((value, i) => expect(value, `pixel ${i}`).toBeCloseTo(i < 40 ? 0 : (2 * written[i - 40]! * weights[i]!) / 8, 6));
  });

  const networks = [
    { name: 'the demo network', file: join(root, 'examples', 'demo', 'demo.onnx'), size: 64, absent: false },
    { name: `squeezenet1_1${reason}`, file: squeezenet, size: 224, absent: reason !== '' },
  ];
  for (const { name, file, size, absent } of networks) it.skipIf(absent)(`lies in the receptive field: ${name}`, async () => {
    const model = upgradeOpset((await loadModelFile(file)).model);
    const layers = findLayers(model).filter(({ op }) => op === 'Conv');
    const shape = [1, 3, size, size];
    const graph = await specialize(model, { input: model.graph.inputs[0]!.name, shape, outputs: layers.map(({ tensor }) => tensor), runtime });
    const fields = receptiveFields(graph);
    const random = seeded(7);
    for (const { tensor } of layers.filter((_, i) => i % (size > 64 ? 8 : 4) === 1)) {
      const [, units, rows, columns] = graph.types.get(tensor)!.shape as [number, number, number, number];
      const at = [[0, 0], [rows >> 1, columns >> 1]] as const;
      const made = await project(model, tensor, units, shape, at.map(([y, x]) => ({ picture: noise(random, 3 * size * size), unit: units >> 1, place: y * columns + x })));
      at.forEach(([y, x], i) => {
        const { box } = unitBox(fields.get(tensor)!, [0, units >> 1, y, x])!;
        const mass = projectionMass(made[i]!.projection, { channels: 3, height: size, width: size });
        expect(mass.some((value) => value > 0), `${tensor} ${y} ${x}`).toBe(true);
        expect(mass.every((value, p) => value === 0 || (p % size >= box.x0 && p % size < box.x1 && Math.floor(p / size) >= box.y0 && Math.floor(p / size) < box.y1)), `${tensor} ${y} ${x}`).toBe(true);
      });
    }
  });
});

describe('projectionPicture', () => {
  const size = { channels: 1, height: 2, width: 3 };
  const projection = Float32Array.of(0, -2, 1, 4, 0, -8);

  it('puts 0 at mid-grey and is even on both sides of it', () => {
    const { image, scale } = projectionPicture(projection, size, { x0: 0, y0: 0, x1: 3, y1: 2 });
    expect(scale).toBe(8);
    expect([...image]).toEqual([0.5, 0.375, 0.5625, 0.75, 0.5, 0]);
  });

  it('is cut like the exemplar, grey outside, scaled by what it shows', () => {
    const { image, width, height, scale } = projectionPicture(projection, size, { x0: 1, y0: -1, x1: 3, y1: 1 });
    expect([width, height, scale]).toEqual([2, 2, 2]);
    expect([...image]).toEqual([0.5, 0.5, 0, 0.75]);
    expect([...projectionPicture(new Float32Array(6), size, { x0: 0, y0: 0, x1: 1, y1: 1 }).image]).toEqual([0.5]);
  });

  it('cuts off one in 200 of what is not 0, so that a few dots do not hide the form around them', () => {
    // 400 values from 0.01 to 4 with signs in turn, two of them far above, and as many zeros, which do not count.
    const values = Float32Array.from({ length: 800 }, (_, i) => (i % 2 === 0 ? 0 : (i > 796 ? 1000 : (i + 1) / 200) * (i % 4 === 1 ? 1 : -1)));
    const { image, scale } = projectionPicture(values, { channels: 1, height: 20, width: 40 }, { x0: 0, y0: 0, x1: 40, y1: 20 });
    expect(scale).toBeCloseTo(796 / 200, 5);
    expect([image[797], image[799]]).toEqual([1, 0]);
    expect(image[401]).toBeCloseTo(0.5 + 2.01 / (2 * 3.98), 5);
    expect(image.every((value, i) => value >= 0 && value <= 1 && (i % 2 === 1 || value === 0.5))).toBe(true);
  });
});
