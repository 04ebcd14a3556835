import { elementwise } from '../elementwise.js';
import { float, floatOr } from '@neuron-atlas/onnx';

// y = x > 0 ? x : α(e^(x/α) − 1)     dx = dy · (x > 0 ? 1 : y/α + 1)
export const celu = elementwise('Celu', [12], ({ g, attrs, x, y, dy }) => g.mul(dy, g.where(g.greater(x, 0), 1, g.add(g.mul(y, 1 / floatOr(attrs, 'alpha', 1)), 1))), [{ shapes: [[2, 3, 4]], avoid: [0], attrs: { alpha: float(0.7) } }]);
