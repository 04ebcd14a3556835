import { elementwise } from '../elementwise.js';

// The gradient is split equally among the elements that hold the maximum.
export const globalMaxPool = elementwise('GlobalMaxPool', [1, 22], ({ g, x, y, dy }) => {
  const axes = x.shape.flatMap((_, axis) => (axis > 1 ? [axis] : []));
  const holds = g.cast(g.equal(x, y), x.dtype);
  return g.mul(holds, g.div(dy, g.sum(holds, axes, true)));
}, [{ shapes: [[2, 3, 4, 5]], distinct: true }]);
