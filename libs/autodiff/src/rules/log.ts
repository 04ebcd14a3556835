import { elementwise } from '../elementwise.js';

// y = ln x     dx = dy / x
export const log = elementwise('Log', [13], ({ g, x, dy }) => g.div(dy, x), [{ shapes: [[2, 3, 4]], range: [0.5, 3] }]);
