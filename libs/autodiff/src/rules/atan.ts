import { elementwise } from '../elementwise.js';

// dx = dy / (1 + x²)
export const atan = elementwise('Atan', [7, 22], ({ g, x, dy }) => g.div(dy, g.add(g.mul(x, x), 1)), [{ shapes: [[2, 3]], range: [-2, 2] }]);
