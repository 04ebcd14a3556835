import { f32, GraphBuilder, specialize, type StaticGraph } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { builtinRules, checkGradient, defineVjp, type RuleSet, rules } from './index.js';

const noise = (shape: readonly number[], seed: number) => {
  const random = seeded(seed);
  return f32(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random() * 2 - 1));
};
const g = new GraphBuilder({ opset: 18 });
const first = g.conv(g.input('x', 'f32', [1, 3, 12, 12]), g.constant(noise([8, 3, 3, 3], 1)));
const last = g.conv(g.sigmoid(first), g.constant(noise([4, 8, 3, 3], 2)));
const model = { irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('net', [last]) };

/** The builtin rules with Sigmoid's gradient twice too large where the value is above ½. */
const planted: RuleSet = {
  ops: builtinRules.ops,
  find: (op, opset) => (op !== 'Sigmoid' ? builtinRules.find(op, opset) : defineVjp({
    op: 'Sigmoid', since: [13], inputs: ['x'], outputs: ['y'], examples: rules.sigmoid.examples,
    vjp: ({ g, outputs: { y }, grads }) => ({ x: () => g.mul(g.mul(grads.y, g.mul(y, g.sub(1, y))), g.add(1, g.cast(g.greater(y, 0.5), 'f32'))) }),
  })),
};

const runtime = createNodeRuntime({ provider: 'cpu', threads: 1 });
const cut = async (): Promise<StaticGraph> => specialize(model, { input: 'x', shape: [1, 3, 12, 12], outputs: [first.name, last.name], runtime: await runtime });

describe('checkGradient', () => {
  it('agrees with the rules as they are', async () => {
    const graph = await cut();
    for (const of of [first.name, last.name]) {
      const { error, agrees } = await checkGradient(graph, of, await runtime, seeded(3));
      expect(error).toBeLessThan(0.005);
      expect(agrees).toBe(true);
    }
  });

  it('disagrees behind a rule that is twice too large for half of the elements, and not before it', async () => {
    const graph = await cut();
    expect((await checkGradient(graph, first.name, await runtime, seeded(3), planted)).agrees).toBe(true);
    // One direction is at right angles to the fault, nearly, once in six times.
    let found = 0;
    for (let seed = 1; seed <= 10; seed++) if (!(await checkGradient(graph, last.name, await runtime, seeded(seed), planted)).agrees) found++;
    expect(found).toBeGreaterThanOrEqual(6);
  });

  it('does not say what the gradient should be where float32 swallows the difference', async () => {
    const h = new GraphBuilder({ opset: 18 });
    const x = h.input('x', 'f32', [1, 3, 4, 4]);
    const y = h.add(h.mul(x, 2), h.constant(f32([3, 1, 1], [3e38, 0, 0])));
    const swallowed = await specialize({ ...model, graph: h.build('net', [y]) }, { input: 'x', shape: [1, 3, 4, 4], outputs: [y.name], runtime: await runtime });
    expect(await checkGradient(swallowed, y.name, await runtime, seeded(3))).toMatchObject({ agrees: false, settled: false });
  });
});
