import { int, intOr, string } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';
import { typeOf } from '../type-of.js';

export const spaceToDepth = defineVjp({
  op: 'SpaceToDepth',
  since: [13],
  inputs: ['x'],
  outputs: ['y'],
  vjp: ({ g, attrs, inputs: { x }, grads }) => ({
    x: () => g.emit('DepthToSpace', [grads.y], { blocksize: int(intOr(attrs, 'blocksize', 1)), mode: string('DCR') }, [typeOf(x)])[0]!,
  }),
  examples: [{ shapes: [[2, 3, 4, 6]], attrs: { blocksize: int(2) } }],
});
