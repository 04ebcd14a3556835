import { int, intOr, normalAxis } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

export const concat = defineVjp({
  op: 'Concat',
  since: [13],
  inputs: ['...parts'],
  outputs: ['y'],
  vjp: ({ g, attrs, inputs: { parts }, outputs, grads }) => {
    const axis = normalAxis(intOr(attrs, 'axis', 0), outputs.y.shape.length);
    let end = 0;
    return {
      parts: parts.map((part) => {
        const start = end;
        end += part.shape[axis]!;
        const stop = end;
        return () => g.slice(grads.y, [start], [stop], [axis]);
      }),
    };
  },
  examples: [{ shapes: [[2, 3, 4], [2, 1, 4], [2, 2, 4]], attrs: { axis: int(1) } }, { shapes: [[2, 3], [2, 2]], attrs: { axis: int(-1) } }, { shapes: [[2]], attrs: { axis: int(0) } }],
});
