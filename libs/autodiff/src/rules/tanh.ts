import { elementwise } from '../elementwise.js';

// y = tanh x     dx = dy · (1 − y²)
export const tanh = elementwise('Tanh', [13], ({ g, y, dy }) => g.mul(dy, g.sub(1, g.mul(y, y))), [{ shapes: [[2, 3, 4]] }, { shapes: [[]] }, { shapes: [[5]], range: [-4, 4] }]);
