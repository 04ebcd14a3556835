import { elementwise } from '../elementwise.js';

// dx = dy · cosh x
export const sinh = elementwise('Sinh', [9, 22], ({ g, x, dy }) => g.mul(dy, g.unary('Cosh', x)), [{ shapes: [[2, 3]] }]);
