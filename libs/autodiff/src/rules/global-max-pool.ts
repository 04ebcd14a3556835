import { int, sizeOf } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';

// The gradient is split equally among the elements that hold the maximum, or goes to the first of them.
export const globalMaxPool = elementwise('GlobalMaxPool', [1, 22], ({ g, around, x, y, dy }) => {
  if (around.switches) {
    const flat = g.reshape(x, [x.shape[0]!, x.shape[1]!, sizeOf(x.shape.slice(2))]);
    const [first] = g.emit('ArgMax', [flat], { axis: int(2), keepdims: int(0) }, [{ dtype: 'i64', shape: flat.shape.slice(0, 2) }]);
    return g.mul(g.reshape(g.cast(g.oneHot(first!, flat.shape[2]!), x.dtype), x.shape), dy);
  }
  const axes = x.shape.flatMap((_, axis) => (axis > 1 ? [axis] : []));
  const holds = g.cast(g.equal(x, y), x.dtype);
  return g.mul(holds, g.div(dy, g.sum(holds, axes, true)));
}, [{ shapes: [[2, 3, 4, 5]], distinct: true }]);
