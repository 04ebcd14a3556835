import { readFileSync } from 'node:fs';
import { GraphBuilder, sizeOf, tensor, type Tensor, toNumbers, type Value, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { checkRule, hasOperator, seeded } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { gradients } from './index.js';
import * as rules from './rules/index.js';

const drawn = (shape: readonly number[], seed: number): Tensor => {
  const random = seeded(seed);
  return tensor('f32', shape, Float32Array.from({ length: sizeOf(shape) }, () => random() * 2 - 1));
};

describe('the WebGPU provider', () => {
  it('has the operators that docs/operators.md says it has', async () => {
    const alone = await createNodeRuntime({ provider: 'webgpu', alone: true });
    const found: string[] = [];
    for (const rule of Object.values(rules)) if (await hasOperator(alone, rule)) found.push(rule.op);
    await expect(`${JSON.stringify(found.sort(), undefined, 2)}\n`).toMatchFileSnapshot('../webgpu-operators.json');
  });

  // What ONNX Runtime 1.30 gets wrong there without a word: a Conv whose end pads alone are not 0, of kernel 1 or as large as
  // its input, and a grouped ConvTranspose with one output channel a group.
  const cases = [
    { what: 'a strided 1 × 1 convolution of an odd map', x: [1, 16, 7, 7], w: [32, 16, 1, 1], strides: [2, 2], pads: [0, 0, 0, 0], group: 1 },
    { what: 'a strided convolution of a tiny map', x: [1, 16, 2, 2], w: [16, 16, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1], group: 1 },
    { what: 'a strided convolution of a map of 4', x: [2, 16, 4, 4], w: [24, 16, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1], group: 1 },
    { what: 'a strided convolution of groups with one input channel', x: [1, 8, 9, 9], w: [16, 1, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1], group: 8 },
    { what: 'a convolution of groups', x: [1, 16, 6, 6], w: [32, 4, 3, 3], strides: [1, 1], pads: [0, 0, 1, 1], group: 4 },
  ] as const;
  it.each(cases)('gives the CPU’s gradient of $what', async ({ x: shape, w, strides, pads, group }) => {
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('x', 'f32', shape);
    const y = g.conv(x, g.constant(drawn(w, 2)), undefined, { strides, pads, group });
    const dx = gradients(g, { of: y, seed: g.constant(drawn(y.shape, 3)), wrt: [x] })[0]!;
    const result: Value = g.identity(dx);
    const bytes = writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('gradient', [result]) });
    const [cpu, gpu] = await Promise.all((['cpu', 'webgpu'] as const).map(async (provider) => {
      await using session = await (await createNodeRuntime({ provider })).load(bytes);
      return toNumbers((await session.run(session.inputNames.includes('x') ? { x: drawn(shape, 1) } : {}))[result.name]!);
    }));
    const size = Math.sqrt(cpu!.reduce((sum, value) => sum + value * value, 0));
    expect(size).toBeGreaterThan(0);
    expect(Math.sqrt(cpu!.reduce((sum, value, i) => sum + (value - gpu![i]!) ** 2, 0)) / size).toBeLessThan(1e-5);
  });
});

const faults = JSON.parse(readFileSync(new URL('../webgpu-faults.json', import.meta.url), 'utf8')) as Readonly<Record<string, Readonly<Record<string, string>>>>;
for (const rule of Object.values(rules)) checkRule(rule, 'webgpu', faults[rule.op]);
