import { elementwise } from '../elementwise.js';

// y = erf x     dx = dy · e^(ln(2/√π) − x²), which is (2/√π) e^(−x²) with two passes over x fewer
export const erf = elementwise('Erf', [13], ({ g, x, dy }) => g.mul(dy, g.exp(g.sub(Math.log(2 / Math.sqrt(Math.PI)), g.mul(x, x)))), [{ shapes: [[2, 3, 4]], range: [-2, 2] }]);
