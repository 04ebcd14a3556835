import { elementwise } from '../elementwise.js';
import { signOf } from '../masks.js';

// y = |x|     dx = dy · sign(x)
export const abs = elementwise('Abs', [13], ({ g, x, dy }) => g.mul(dy, signOf(g, x)), [{ shapes: [[2, 3, 4]], avoid: [0] }]);
