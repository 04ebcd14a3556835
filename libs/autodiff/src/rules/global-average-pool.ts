import { sameShape, sizeOf } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';
import { reentry, staysPlain } from '../reentry.js';
import { spread } from '../reduction.js';

// y = mean of x over its map     dx = dy / size
export const globalAveragePool = elementwise('GlobalAveragePool', [1, 22], ({ g, around, x, dy }) => {
  const axes = x.shape.flatMap((_, axis) => (axis > 1 ? [axis] : []));
  const share = spread(g, dy, x, axes, 1 / sizeOf(x.shape.slice(2)));
  return sameShape(share.shape, x.shape) && !staysPlain(x, around) ? reentry(g, share) : share;
}, [{ shapes: [[2, 3, 4, 5]] }, { shapes: [[2, 16, 4, 3]] }, { shapes: [[2, 3, 4]] }]);
