import { elementwise } from '../elementwise.js';
import { float, floatOr } from '@neuron-atlas/onnx';
import { positive } from '../masks.js';

// y = x > α ? x : 0     dx = dy · [x > α]
export const thresholdedRelu = elementwise('ThresholdedRelu', [10, 22], ({ g, attrs, x, dy }) => g.mul(dy, positive(g, g.sub(x, floatOr(attrs, 'alpha', 1)))), [{ shapes: [[2, 3, 4]], range: [-1, 2], avoid: [0.5], attrs: { alpha: float(0.5) } }]);
