import { elementwise } from '../elementwise.js';
import { float, floatOr } from '@neuron-atlas/onnx';
import { positive } from '../masks.js';

// y = clip(αx + β, 0, 1)     dx = α · dy · [0 < y < 1]
export const hardSigmoid = elementwise('HardSigmoid', [6, 22], ({ g, attrs, y, dy }) =>
  g.mul(g.mul(dy, floatOr(attrs, 'alpha', 0.2)), g.mul(positive(g, y), positive(g, g.sub(1, y)))), [{ shapes: [[2, 3, 4]], range: [-4, 4], avoid: [-2.5, 2.5] }, { shapes: [[2, 3, 4]], avoid: [-0.5, 0.5], attrs: { alpha: float(1), beta: float(0.5) } }]);
