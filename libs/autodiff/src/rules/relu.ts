import { elementwise } from '../elementwise.js';
import { positive } from '../masks.js';

// y = max(x, 0)     dx = dy · [y > 0]
export const relu = elementwise('Relu', [14], ({ g, around, y, dy }) =>
  around.maskedByPool(y) ? dy : g.mul(dy, positive(g, y)),
[{ shapes: [[2, 3, 4]], avoid: [0] }, { shapes: [[]], avoid: [0] }]);
