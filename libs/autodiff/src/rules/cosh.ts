import { elementwise } from '../elementwise.js';

// dx = dy · sinh x
export const cosh = elementwise('Cosh', [9, 22], ({ g, x, dy }) => g.mul(dy, g.unary('Sinh', x)), [{ shapes: [[2, 3]] }]);
