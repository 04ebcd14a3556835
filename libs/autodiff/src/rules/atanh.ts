import { elementwise } from '../elementwise.js';

// dx = dy / (1 − x²)
export const atanh = elementwise('Atanh', [9, 22], ({ g, x, dy }) => g.div(dy, g.sub(1, g.mul(x, x))), [{ shapes: [[2, 3]], range: [-0.7, 0.7] }]);
