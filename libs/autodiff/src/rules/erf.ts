import { elementwise } from '../elementwise.js';

// y = erf x     dx = dy · (2/√π) e^(−x²)
export const erf = elementwise('Erf', [13], ({ g, x, dy }) => g.mul(dy, g.mul(g.exp(g.neg(g.mul(x, x))), 2 / Math.sqrt(Math.PI))), [{ shapes: [[2, 3, 4]], range: [-2, 2] }]);
