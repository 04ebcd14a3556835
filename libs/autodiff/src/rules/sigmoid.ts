import { elementwise } from '../elementwise.js';

// y = 1 / (1 + e⁻ˣ)     dx = dy · y(1 − y)
export const sigmoid = elementwise('Sigmoid', [13], ({ g, y, dy }) => g.mul(dy, g.mul(y, g.sub(1, y))), [{ shapes: [[2, 3, 4]], range: [-6, 6] }]);
