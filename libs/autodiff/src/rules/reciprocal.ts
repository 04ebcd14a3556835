import { elementwise } from '../elementwise.js';

// y = 1/x     dx = −dy · y²
export const reciprocal = elementwise('Reciprocal', [13], ({ g, y, dy }) => g.neg(g.mul(dy, g.mul(y, y))), [{ shapes: [[2, 3, 4]], range: [0.5, 3] }]);
