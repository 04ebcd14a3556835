import { elementwise } from '../elementwise.js';

// y = tan x     dx = dy · (1 + y²)
export const tan = elementwise('Tan', [7, 22], ({ g, y, dy }) => g.mul(dy, g.add(1, g.mul(y, y))), [{ shapes: [[2, 3, 4]] }]);
