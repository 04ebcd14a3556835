import { elementwise } from '../elementwise.js';

// y = √x     dx = dy / 2y
export const sqrt = elementwise('Sqrt', [13], ({ g, y, dy }) => g.div(g.mul(dy, 0.5), y), [{ shapes: [[2, 3, 4]], range: [0.5, 3] }]);
