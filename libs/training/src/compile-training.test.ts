import { GraphBuilder, int, ints, tensor, type Tensor, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { centralDifferences, conv, crossEntropyOf, dense, maxPool, pooled, relu, type Layer4 } from '../test/reference-network.js';
import { compileTraining, createTrainer, crossEntropy, heNormal, type Parameter, type TrainingProgram } from './index.js';
import { unpackCheckpoint } from './checkpoint.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });

/** One step from drawn parameters; the running means are then 0.1 · gradient, which gives the gradients themselves. */
async function firstStep(program: TrainingProgram, feeds: Readonly<Record<string, Tensor>>, seed: number) {
  await using trainer = await createTrainer(runtime, program, { normal: randomStream(seed, 'weights').normal, threads: 1 });
  const start = trainer.parameters();
  const { loss } = await trainer.step(feeds, 1e-3);
  const { tensors } = unpackCheckpoint(trainer.checkpoint());
  const gradient = (name: string): number[] => Array.from(tensors.get(`mean/${name}`)!.data as Float32Array, (value) => value / 0.1);
  return { start: (name: string): number[] => Array.from(start.get(name)!.data as Float32Array), loss, gradient };
}

/** ‖a − b‖ / ‖b‖ */
const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b);

const draws = (seed: number, purpose: string, length: number): Float32Array => {
  const { normal } = randomStream(seed, purpose);
  return Float32Array.from({ length }, () => normal());
};
const oneHot = (classes: readonly number[], count: number): Tensor =>
  tensor('f32', [classes.length, count], Float32Array.from({ length: classes.length * count }, (_, i) => (classes[Math.floor(i / count)] === i % count ? 1 : 0)));
// Not zero, so that a wrong bias is seen.
const spread: Parameter['init'] = (shape, normal) => Float32Array.from({ length: shape[0]! }, () => 0.3 * normal());

const gemm = (g: GraphBuilder, x: Value, w: Value, b: Value): Value =>
  g.emit('Gemm', [x, w, b], { transB: int(1) }, [{ dtype: 'f32', shape: [x.shape[0]!, w.shape[0]!] }])[0]!;

describe('compileTraining', () => {
  it.each([1, 2, 3])('gives the weights of a convolutional net the gradients that central differences give (draw %i)', async (seed) => {
    const parameters: Parameter[] = [
      { name: 'conv1.weight', shape: [4, 3, 5, 5], init: heNormal }, { name: 'conv1.bias', shape: [4], init: spread },
      { name: 'conv2.weight', shape: [5, 4, 3, 3], init: heNormal }, { name: 'conv2.bias', shape: [5], init: spread },
      { name: 'conv3.weight', shape: [4, 5, 3, 3], init: heNormal }, { name: 'conv3.bias', shape: [4], init: spread },
      { name: 'dense.weight', shape: [3, 4], init: heNormal }, { name: 'dense.bias', shape: [3], init: spread },
    ];
    const program = compileTraining({
      parameters,
      build: ({ g, parameter }) => {
        const layer = (x: Value, name: string, pads: number, stride: number): Value =>
          g.relu(g.conv(x, parameter(`${name}.weight`), parameter(`${name}.bias`), { pads: [pads, pads, pads, pads], strides: [stride, stride] }));
        const pool = (x: Value): Value => g.emit('MaxPool', [x], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
          [{ dtype: 'f32', shape: [x.shape[0]!, x.shape[1]!, x.shape[2]! / 2, x.shape[3]! / 2] }])[0]!;
        const x = g.input('x', 'f32', [2, 3, 8, 8]);
        const deep = layer(layer(pool(layer(x, 'conv1', 2, 1)), 'conv2', 1, 1), 'conv3', 1, 2);
        const means = g.emit('GlobalAveragePool', [deep], {}, [{ dtype: 'f32', shape: [2, 4, 1, 1] }])[0]!;
        const flat = g.emit('Flatten', [means], { axis: int(1) }, [{ dtype: 'f32', shape: [2, 4] }])[0]!;
        return { loss: crossEntropy(g, gemm(g, flat, parameter('dense.weight'), parameter('dense.bias')), g.input('targets', 'f32', [2, 3])) };
      },
    });
    const pixels = draws(seed, 'pixels', 2 * 3 * 8 * 8);
    const classes = [2, 0];
    const { start, loss, gradient } = await firstStep(program, { x: tensor('f32', [2, 3, 8, 8], pixels), targets: oneHot(classes, 3) }, seed);

    const x: Layer4 = { data: Array.from(pixels), shape: [2, 3, 8, 8] };
    const reference = (changed: string, values: readonly number[]): number => {
      const at = (name: string): readonly number[] => (name === changed ? values : start(name));
      const first = maxPool(relu(conv(x, at('conv1.weight'), at('conv1.bias'), 5, 2, 1)));
      const second = relu(conv(first, at('conv2.weight'), at('conv2.bias'), 3, 1, 1));
      const third = relu(conv(second, at('conv3.weight'), at('conv3.bias'), 3, 1, 2));
      return crossEntropyOf(dense(pooled(third), at('dense.weight'), at('dense.bias')), classes);
    };
    expect(loss).toBeCloseTo(reference('', []), 5);
    for (const { name } of parameters) {
      const expected = centralDifferences((values) => reference(name, values), start(name));
      expect(Math.hypot(...expected), name).toBeGreaterThan(1e-3);
      expect(distance(gradient(name), expected), name).toBeLessThan(1e-5);
    }
  });

  it('gives the weights of a dense net the gradients that central differences give', async () => {
    const parameters: Parameter[] = [
      { name: 'first.weight', shape: [7, 5], init: heNormal }, { name: 'first.bias', shape: [7], init: spread },
      { name: 'second.weight', shape: [4, 7], init: heNormal }, { name: 'second.bias', shape: [4], init: spread },
    ];
    const program = compileTraining({
      parameters,
      build: ({ g, parameter }) => {
        const hidden = g.relu(gemm(g, g.input('x', 'f32', [6, 5]), parameter('first.weight'), parameter('first.bias')));
        return { loss: crossEntropy(g, gemm(g, hidden, parameter('second.weight'), parameter('second.bias')), g.input('targets', 'f32', [6, 4])) };
      },
    });
    const values = draws(9, 'rows', 30);
    const classes = [0, 3, 1, 2, 0, 1];
    const { start, gradient } = await firstStep(program, { x: tensor('f32', [6, 5], values), targets: oneHot(classes, 4) }, 9);
    const rows = Array.from({ length: 6 }, (_, n) => Array.from(values.slice(5 * n, 5 * n + 5)));
    for (const { name } of parameters) {
      const expected = centralDifferences((changed) => {
        const at = (which: string): readonly number[] => (which === name ? changed : start(which));
        const hidden = dense(rows, at('first.weight'), at('first.bias')).map((row) => row.map((value) => Math.max(0, value)));
        return crossEntropyOf(dense(hidden, at('second.weight'), at('second.bias')), classes);
      }, start(name));
      expect(distance(gradient(name), expected), name).toBeLessThan(1e-5);
    }
  });

  it('refuses parameters that are declared twice, unknown or never used, and a loss of many numbers', () => {
    const weight: Parameter = { name: 'w', shape: [3], init: spread };
    const compile = (parameters: readonly Parameter[], loss: (g: GraphBuilder, parameter: (name: string) => Value) => Value, metrics = {}): unknown =>
      compileTraining({ parameters, build: ({ g, parameter }) => ({ loss: loss(g, parameter), metrics }) });
    const whole = (g: GraphBuilder, parameter: (name: string) => Value): Value => g.sum(parameter('w'), [0]);
    expect(() => compile([weight, weight], whole)).toThrow(expect.objectContaining({ code: 'TRAINING_DUPLICATE_PARAMETER' }));
    expect(() => compile([weight], (g, parameter) => g.sum(parameter('v'), [0]))).toThrow(expect.objectContaining({ code: 'TRAINING_UNKNOWN_PARAMETER', message: expect.stringContaining('declared are: w') }));
    expect(() => compile([weight, { ...weight, name: 'v' }], whole)).toThrow(expect.objectContaining({ code: 'TRAINING_UNUSED_PARAMETER', message: expect.stringContaining(' v') }));
    expect(() => compile([weight], (_, parameter) => parameter('w'))).toThrow(expect.objectContaining({ code: 'TRAINING_LOSS_SHAPE', message: expect.stringContaining('[3]') }));
    expect(() => compile([weight], whole, { loss: new GraphBuilder({ opset: 18 }).constant(1) })).toThrow(expect.objectContaining({ code: 'TRAINING_RESERVED_NAME' }));
  });
});
