import { sizeOf } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';
import { reentry } from '../reentry.js';
import { spread } from '../reduction.js';

// y = mean of x over its map     dx = dy / size
export const globalAveragePool = elementwise('GlobalAveragePool', [1, 22], ({ g, x, dy }) => {
  const axes = x.shape.flatMap((_, axis) => (axis > 1 ? [axis] : []));
  return reentry(g, spread(g, dy, x, axes, 1 / sizeOf(x.shape.slice(2))), x.shape);
}, [{ shapes: [[2, 3, 4, 5]] }, { shapes: [[2, 16, 4, 3]] }, { shapes: [[2, 3, 4]] }]);
