import { elementwise } from '../elementwise.js';

// y = eˣ     dx = dy · y
export const exp = elementwise('Exp', [13], ({ g, y, dy }) => g.mul(dy, y), [{ shapes: [[2, 3, 4]] }]);
