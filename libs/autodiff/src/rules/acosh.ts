import { elementwise } from '../elementwise.js';

// dx = dy / √(x² − 1)
export const acosh = elementwise('Acosh', [9, 22], ({ g, x, dy }) => g.div(dy, g.sqrt(g.sub(g.mul(x, x), 1))), [{ shapes: [[2, 3]], range: [1.5, 3] }]);
