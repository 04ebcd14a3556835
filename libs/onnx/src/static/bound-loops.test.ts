import { describe, expect, it } from 'vitest';
import { modelOf, node, output } from '../../test/build-model.js';
import { cpu, noise, runModel } from '../../test/run-model.js';
import { graphAttribute, i64, type Graph, type Model, specialize, type StaticGraph, tensor, type Tensor, toNumbers } from '../index.js';

/** y = op applied `turns` times to Relu(x), while `going` stays as it is. */
function looped(op: string, turns: string, constants: Readonly<Record<string, Tensor>>, before: Graph['nodes'] = []): Model {
  const body: Graph = {
    name: 'body', initializers: new Map(),
    inputs: [{ name: 'turn', dtype: 'i64', shape: [] }, { name: 'going', dtype: 'bool', shape: [] }, { name: 'carried', dtype: 'f32', untyped: true }],
    nodes: [node('Identity', ['going'], ['still']), node(op, ['carried'], ['next'])], outputs: [output('still'), output('next')],
  };
  return modelOf(18, {
    inputs: [{ name: 'x', dtype: 'f32', shape: [1, 1, 4, 4] }], initializers: new Map(Object.entries({ yes: tensor('bool', [], Uint8Array.of(1)), ...constants })),
    nodes: [...before, node('Relu', ['x'], ['a']), node('Loop', [turns, 'yes', 'a'], ['y'], { body: graphAttribute(body) })],
  });
}
const cut = async (model: Model): Promise<StaticGraph> => specialize(model, { input: 'x', shape: [1, 1, 4, 4], outputs: ['y'], runtime: await cpu() });
const computed = [node('Mul', ['n', 'n'], ['turns'])];
const count = (value: number): Tensor => i64([], [value]);

describe('loops of a model', () => {
  it.each([{ what: 'written down', model: looped('Neg', 'n', { n: count(10 ** 9) }) }, { what: 'computed', model: looped('Neg', 'turns', { n: count(10 ** 6) }, computed) }])('are refused where the turns, $what, are beyond all measure', async ({ model }) => {
    await expect(cut(model)).rejects.toMatchObject({ code: 'ONNX_TOO_MUCH', details: { node: 'Loop_of_y', op: 'Loop' } });
  });

  it('end, where nothing says when', async () => {
    const graph = await cut(looped('Neg', '', {}));
    const loop = graph.nodes.find(({ op }) => op === 'Loop')!;
    expect(toNumbers(graph.initializers.get(loop.inputs[0]!)!)).toEqual([10_000]);
  });

  it('end, where the picture says when', async () => {
    const before = [node('ReduceSum', ['x'], ['sum'], { keepdims: { type: 'int', value: 0 } }), node('Cast', ['sum'], ['turns'], { to: { type: 'int', value: 7 } })];
    const graph = await cut(looped('Neg', 'turns', {}, before));
    const loop = graph.nodes.find(({ op }) => op === 'Loop')!;
    const least = graph.nodes.find(({ outputs }) => outputs[0] === loop.inputs[0])!;
    expect(least.op).toBe('Min');
    expect(least.inputs[0]).toBe('turns');
  });

  it('stay as they are where they are short', async () => {
    const model = looped('Neg', 'turns', { n: count(3) }, computed);
    const graph = await cut(model);
    const again = modelOf(18, { inputs: [{ name: 'x', dtype: 'f32', shape: [1, 1, 4, 4] }], nodes: graph.nodes, initializers: graph.initializers });
    const x = noise([1, 1, 4, 4]);
    expect((await runModel(again, { x }))['y']!.data).toEqual((await runModel(model, { x }))['y']!.data);
  });
});
