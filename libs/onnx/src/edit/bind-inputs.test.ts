import { describe, expect, it } from 'vitest';
import { modelOf, node } from '../../test/build-model.js';
import { cpu, noise, runModel } from '../../test/run-model.js';
import { bindInputs, f32, type GivenInputs, GraphBuilder, graft, int, type Model, readModel, specialize, tensor, writeModel } from '../index.js';

/** y = x · mask + t, where t is a whole number and the mask of a float. */
const several: Model = modelOf(18, {
  inputs: [{ name: 'mask', dtype: 'f32', shape: ['N', 3] }, { name: 'x', dtype: 'f32', shape: ['N', 3] }, { name: 't', dtype: 'i64', shape: [] }],
  nodes: [node('Mul', ['x', 'mask'], ['m']), node('Cast', ['t'], ['r'], { to: int(1) }), node('Add', ['m', 'r'], ['y'])],
});
const code = (given: GivenInputs): string => { try { bindInputs(several, given); return 'fine'; } catch (error) { return (error as { code: string }).code; } };

describe('bindInputs', () => {
  it('gives the model that has the numbers as constants, in batches too', async () => {
    const bound = readModel(writeModel(bindInputs(several, { mask: [1, 0, 2], t: 7 })));
    expect(bound.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    const graph = await specialize(bound, { input: 'x', shape: [2, 3], outputs: ['y'], runtime: await cpu() });
    const g = new GraphBuilder({ opset: graph.opset });
    const value = graft(g, graph, g.input('picture', 'f32', [2, 3]));
    const x = noise([2, 3]);
    const { y } = await runModel(modelOf(graph.opset, g.build('bound', [value('y')])), { picture: x });
    expect(y).toEqual(f32([2, 3], Array.from(x.data as Float32Array, (number, i) => Math.fround(Math.fround(number * [1, 0, 2][i % 3]!) + 7))));
  });

  it('fills an input with one number, in its own type', () => {
    const typed = modelOf(18, { inputs: [{ name: 'flags', dtype: 'bool', shape: [2, null] }, { name: 'half', dtype: 'f16', shape: [1] }, { name: 'x', dtype: 'f32', shape: [1] }], nodes: [node('Relu', ['x'], ['y'])] });
    const { initializers } = bindInputs(typed, { flags: 1, half: -2 }).graph;
    expect(initializers.get('flags')).toEqual(tensor('bool', [2, 1], Uint8Array.of(1, 1)));
    expect(initializers.get('half')).toEqual(tensor('f16', [1], Uint16Array.of(0xc000)));
  });

  it.each<[GivenInputs, string]>([
    [{ masc: 1 }, 'ONNX_NO_SUCH_VALUE'], [{ mask: [1, 2] }, 'ONNX_INPUT_VALUES'], [{ t: 0.5 }, 'ONNX_INPUT_VALUES'], [{ t: Number.NaN }, 'ONNX_INPUT_VALUES'], [{}, 'fine'],
  ])('says of %j: %s', (given, expected) => {
    expect(code(given)).toBe(expected);
  });
});
