import { elementwise } from '../elementwise.js';

// dx = dy / √(x² + 1)
export const asinh = elementwise('Asinh', [9, 22], ({ g, x, dy }) => g.div(dy, g.sqrt(g.add(g.mul(x, x), 1))), [{ shapes: [[2, 3]] }]);
