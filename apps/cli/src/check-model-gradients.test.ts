import { builtinRules, defineVjp, type RuleSet } from '@neuron-atlas/autodiff';
import { f32, GraphBuilder, int, readModel, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { checkModelGradients, type CheckedLayer } from './check-model-gradients.js';
import { gradcheck } from './commands/gradcheck.js';
import { fakeOutput, fakeWorld, runCommand } from './fake-world.fixture.js';
import { modelReport } from './model-facts.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const wave = (shape: readonly number[], phase: number) => f32(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * i + phase)));

/** conv first, Tanh, conv second, Softplus, conv third; fourth is behind a rounding. */
const report = await (async () => {
  const g = new GraphBuilder({ opset: 18 });
  const conv = (name: string, x: ReturnType<typeof g.relu>, channels: number) => g.conv(x, g.constant(wave([channels, x.shape[1]!, 3, 3], channels), `${name}.weight`));
  const second = conv('second', g.tanh(conv('first', g.input('x', 'f32', [1, 3, 14, 14]), 6)), 5);
  const third = conv('third', g.unary('Softplus', second), 4);
  const fourth = conv('fourth', g.cast(g.emit('Cast', [third], { to: int(7) }, [{ dtype: 'i64', shape: third.shape }])[0]!, 'f32'), 2);
  const bytes = writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('waves', [fourth]) });
  return modelReport({ model: readModel(bytes), bytes, sha256: 'ab'.repeat(32) }, 'waves.onnx', runtime);
})();

/** The builtin rules, but for Softplus the gradient of ReLU. */
const planted: RuleSet = {
  ops: builtinRules.ops,
  find: (op, opset) => (op !== 'Softplus' ? builtinRules.find(op, opset) : defineVjp({
    op, since: [1], inputs: ['x'], outputs: ['y'], examples: [{ shapes: [[1]] }],
    vjp: ({ g, inputs: { x }, grads }) => ({ x: () => g.mul(grads.y, g.cast(g.greater(x, 0), 'f32')) }),
  })),
};
const verdicts = (layers: readonly CheckedLayer[]) => layers.map(({ layer, verdict }) => `${layer} ${verdict}`);
const never = new AbortController().signal;

describe('gradcheck', () => {
  it('finds that all layers agree but those that no gradient reaches', async () => {
    const checked = await checkModelGradients(report, runtime, never);
    expect(verdicts(checked)).toEqual(['first agrees', 'second agrees', 'third agrees', 'fourth blocked']);
    for (const { error } of checked.slice(0, 3)) expect(error).toBeLessThan(0.01);
  });

  it('finds a wrong rule, and names the operators between the last layer that agrees and the first that does not', async () => {
    const checked = await checkModelGradients(report, runtime, never, { rules: planted });
    expect(verdicts(checked)).toEqual(['first agrees', 'second agrees', 'third disagrees', 'fourth blocked']);
    expect(checked[2]!.suspects.map((text) => text.replace(/.*\((\w+)\)$/, '$1'))).toEqual(['Softplus', 'Conv']);
  });

  it('shows each layer with what it is off by, as lines and as one document', async () => {
    const world = { ...fakeWorld({ model: report }), openRuntime: async () => runtime };
    const [lines, json] = [fakeOutput(), fakeOutput(true)];
    await runCommand(gradcheck, { model: 'waves.onnx' }, world, lines);
    expect(lines.lines.join('\n')).toMatch(/third\s+agrees\s+0\.\d+ %/);
    expect(lines.notes).toEqual(['first: agrees', 'second: agrees', 'third: agrees', 'fourth: blocked']);
    await runCommand(gradcheck, { model: 'waves.onnx' }, world, json);
    expect(json.documents).toMatchObject([{ model: 'waves', layers: [{ layer: 'first', verdict: 'agrees' }, {}, {}, { layer: 'fourth', verdict: 'blocked' }] }]);
  });
});
