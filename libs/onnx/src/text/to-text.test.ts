import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelOf, node, output } from '../../test/build-model.js';
import { cpu, noise } from '../../test/run-model.js';
import { modelPath, noModels } from '../../test/shared-models.js';
import { f32, float, graphAttribute, i64, int, ints, readModel, specialize, string, tensor, tensorAttribute, toText } from '../index.js';
import { floatText } from './float-text.js';

describe('toText', () => {
  const model = modelOf(18, {
    inputs: [{ name: 'x', dtype: 'f32', shape: ['N', 3, null] }],
    nodes: [
      node('LeakyRelu', ['x'], ['a'], { alpha: float(Math.fround(0.01)) }),
      node('Clip', ['a', '', 'top'], ['b c'], {}),
      node('Odd', ['b c'], ['d', '', 'e'], { z: ints([1, -2]), mode: string('a "b"'), value: tensorAttribute(f32([2], [1, 0.5])), k: int(3) }, 'my.domain'),
      node('If', ['yes'], ['y'], { then_branch: graphAttribute({ name: 't', nodes: [node('Neg', ['d'], ['n'])], inputs: [], outputs: [output('n')], initializers: new Map() }) }),
    ],
    initializers: new Map([['top', f32([], [6])], ['w', noise([4, 4])], ['s', i64([2], [1, -1])], ['yes', tensor('bool', [], Uint8Array.of(1))], ['t', tensor('string', [1], ['ä'])]]),
  }, { opsets: new Map([['', 18], ['my.domain', 2]]) });

  it('writes a line for every input, constant, node and output', () => {
    expect(toText(model).replace(/#[0-9a-f]{8}/, '#<hash>')).toBe([
      'opset ai.onnx 18, my.domain 2',
      'input x: f32[N, 3, ?]',
      'const top: f32[] = 6.0',
      'const w: f32[4, 4] #<hash>',
      'const s: i64[2] = [1, -1]',
      'const yes: bool[] = 1',
      'const t: string[1] = ["ä"]',
      'a = LeakyRelu(x) {alpha: 0.01}',
      '"b c" = Clip(a, _, top)',
      'd, _, e = my.domain.Odd("b c") {k: 3, mode: "a \\"b\\"", value: f32[2] = [1.0, 0.5], z: [1, -2]}',
      'y = If(yes) {then_branch}',
      '  then_branch:',
      '    n = Neg(d)',
      '    output n',
      'output y',
      '',
    ].join('\n'));
  });

  it('shows a changed weight', () => {
    const weights = (value: number) => toText({ ...model.graph, initializers: new Map([['w', f32([9], [0, 0, 0, 0, 0, 0, 0, 0, value])]]) });
    expect(weights(1)).not.toBe(weights(1 + 2 ** -23));
    expect(weights(1)).toBe(weights(1));
  });

  it('gives the types of a static graph', async () => {
    const graph = await specialize(modelOf(18, { nodes: [node('Relu', ['x'], ['r']), node('ReduceMean', ['r'], ['y'], { keepdims: int(0) })] }), { input: 'x', shape: [2, 3], outputs: ['y'], runtime: await cpu() });
    expect(toText(graph)).toBe('opset ai.onnx 18\ninput x: f32[2, 3]\nr: f32[2, 3] = Relu(x)\ny: f32[] = ReduceMean(r) {keepdims: 0}\noutput y\n');
  });

  it.each([[0.1, '0.1'], [1, '1.0'], [-0, '-0.0'], [1e-30, '1e-30'], [16777216, '16777216.0'], [1 / 3, '0.33333334'], [Infinity, 'Infinity'], [NaN, 'NaN']])('writes %d as %s', (value, expected) => {
    expect(floatText(Math.fround(value))).toBe(expected);
  });
});

describe.skipIf(noModels !== undefined)(`toText: a shared model ${noModels ?? ''}`, () => {
  it('is as long as the model', () => {
    const lines = toText(readModel(readFileSync(modelPath('mnist_cntk')))).trimEnd().split('\n');
    expect(lines).toHaveLength(1 + 1 + 8 + 12 + 1);
    expect(lines.at(-2)).toBe('Plus214_Output_0: f32[1, 10] = Add(Times212_Output_0, Parameter194)');
  });
});
