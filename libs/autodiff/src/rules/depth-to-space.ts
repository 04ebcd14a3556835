import { int, intOr, string, stringOr } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';
import { typeOf } from '../type-of.js';

export const depthToSpace = defineVjp({
  op: 'DepthToSpace',
  since: [13],
  inputs: ['x'],
  outputs: ['y'],
  // Every element is moved; the gradient moves back. SpaceToDepth undoes the order DCR; CRD has its channels first.
  vjp: ({ g, attrs, inputs: { x }, grads: { y: dy } }) => ({
    x: () => {
      const block = intOr(attrs, 'blocksize', 1);
      if (stringOr(attrs, 'mode', 'DCR') === 'DCR') return g.emit('SpaceToDepth', [dy], { blocksize: int(block) }, [typeOf(x)])[0]!;
      const [n, c, h, w] = x.shape as [number, number, number, number];
      const apart = g.reshape(dy, [n, c / block ** 2, h, block, w, block]);
      return g.reshape(g.transpose(apart, [0, 1, 3, 5, 2, 4]), x.shape);
    },
  }),
  examples: [{ shapes: [[2, 8, 2, 3]], attrs: { blocksize: int(2) } }, { shapes: [[2, 8, 2, 3]], attrs: { blocksize: int(2), mode: string('CRD') } }],
});
