import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelOf, node, output } from '../test/build-model.js';
import { cpu, noise } from '../test/run-model.js';
import { f32, findLayers, graphAttribute, i64, int, ints, readModel, specialize, tensor, toText, upgradeOpset, writeModel } from './index.js';

/** A bit of everything: old forms, a branch, a constant node, a fixed batch. */
const bytes = writeModel(modelOf(9, {
  inputs: [{ name: 'x', dtype: 'f32', shape: [1, 2, 8, 8] }],
  nodes: [
    node('Conv', ['x', 'conv.weight'], ['c'], { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) }), node('Clip', ['c'], ['k'], {}), node('MaxPool', ['k'], ['p'], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }),
    node('Slice', ['p'], ['s'], { axes: ints([2]), starts: ints([1]), ends: ints([3]) }), node('Reshape', ['s', 'to'], ['r']), node('Dropout', ['r'], ['d']),
    node('If', ['yes'], ['b'], {
      then_branch: graphAttribute({ name: 't', nodes: [node('Relu', ['d'], ['tr'])], inputs: [], outputs: [output('tr')], initializers: new Map() }),
      else_branch: graphAttribute({ name: 'e', nodes: [node('Neg', ['d'], ['en'])], inputs: [], outputs: [output('en')], initializers: new Map() }),
    }),
    node('Gemm', ['b', 'fc.weight', 'fc.bias'], ['g'], { transB: int(1) }), node('Softmax', ['g'], ['y']),
  ],
  initializers: new Map([
    ['conv.weight', noise([4, 2, 3, 3])], ['to', i64([2], [1, 32])], ['yes', tensor('bool', [], Uint8Array.of(1))], ['fc.weight', noise([3, 32], 2)], ['fc.bias', f32([3], [1, 2, 3])],
  ]),
}));

/** Up to four bytes changed, weights seldom, and now and then the end cut off. */
const damaged = fc.record({
  changes: fc.array(fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) }), { minLength: 1, maxLength: 4 }),
  length: fc.oneof({ weight: 9, arbitrary: fc.constant(bytes.length) }, { weight: 1, arbitrary: fc.nat(bytes.length) }),
}).map(({ changes, length }) => {
  const file = Uint8Array.from(bytes);
  for (const { at, to } of changes) file[at] = to;
  return file.subarray(0, length);
});

describe('damaged files', () => {
  it('are read, or refused by a catalogued error', async () => {
    const runtime = await cpu();
    let whole = 0;
    await fc.assert(fc.asyncProperty(damaged, async (file) => {
      try {
        const model = upgradeOpset(readModel(file));
        expect(toText(model)).toContain('opset');
        for (const { tensor: name } of findLayers(model)) {
          const input = model.graph.inputs[0]?.name ?? '';
          const graph = await specialize(model, { input, shape: [2, 2, 8, 8], outputs: [name], runtime });
          expect(graph.types.get(name)?.shape.length).toBeGreaterThan(0);
          whole++;
        }
      } catch (error) {
        expect((error as { code?: string }).code, String(error)).toMatch(/^ONNX_/);
      }
    }), { numRuns: 300, seed: 7 });
    expect(whole).toBeGreaterThan(20);
  });
});
