import { int, intOr, normalAxis } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

export const concat = defineVjp({
  op: 'Concat',
  since: [13],
  inputs: ['...parts'],
  outputs: ['y'],
  // A part's gradient is its range of dy; what came in parts already is taken as it is.
  vjp: ({ g, attrs, inputs: { parts }, outputs, grads, around }) => {
    const axis = normalAxis(intOr(attrs, 'axis', 0), outputs.y.shape.length);
    let end = 0;
    return {
      parts: parts.map((part, index) => {
        const start = end;
        end += part.shape[axis]!;
        const stop = end;
        return () => {
          const { whole, parts: arrived } = around.arrived(outputs.y);
          const ranges = [...(arrived === undefined ? [] : [arrived[index]!]), ...(whole || arrived === undefined ? [g.slice(grads.y, [start], [stop], [axis])] : [])];
          return ranges.reduce((a, b) => g.add(a, b));
        };
      }),
    };
  },
  examples: [{ shapes: [[2, 3, 4], [2, 1, 4], [2, 2, 4]], attrs: { axis: int(1) } }, { shapes: [[2, 3], [2, 2]], attrs: { axis: int(-1) } }, { shapes: [[2]], attrs: { axis: int(0) } }],
});
