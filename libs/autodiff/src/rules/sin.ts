import { elementwise } from '../elementwise.js';

// y = sin x     dx = dy · cos x
export const sin = elementwise('Sin', [7, 22], ({ g, x, dy }) => g.mul(dy, g.unary('Cos', x)), [{ shapes: [[2, 3, 4]], range: [-4, 4] }]);
