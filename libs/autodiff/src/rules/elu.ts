import { float, floatOr } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';

// y = x > 0 ? x : α(eˣ − 1)     dx = dy · (x > 0 ? 1 : y + α)
export const elu = elementwise('Elu', [6, 22], ({ g, attrs, x, y, dy }) =>
  g.mul(dy, g.where(g.greater(x, 0), 1, g.add(y, floatOr(attrs, 'alpha', 1)))),
[{ shapes: [[2, 3, 4]], avoid: [0] }, { shapes: [[2, 3, 4]], avoid: [0], attrs: { alpha: float(0.3) } }]);
