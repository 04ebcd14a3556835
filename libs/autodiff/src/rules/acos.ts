import { elementwise } from '../elementwise.js';

// dx = −dy / √(1 − x²)
export const acos = elementwise('Acos', [7, 22], ({ g, x, dy }) => g.neg(g.div(dy, g.sqrt(g.sub(1, g.mul(x, x))))), [{ shapes: [[2, 3]], range: [-0.7, 0.7] }]);
