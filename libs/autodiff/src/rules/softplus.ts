import { elementwise } from '../elementwise.js';

// y = ln(1 + eˣ)     dx = dy · sigmoid(x)
export const softplus = elementwise('Softplus', [1, 22], ({ g, x, dy }) => g.mul(dy, g.sigmoid(x)), [{ shapes: [[2, 3, 4]], range: [-4, 4] }]);
