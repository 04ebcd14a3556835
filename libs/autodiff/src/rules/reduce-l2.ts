import { reduction } from '../reduction.js';

// y = √Σx²     dx = dy · x/y, and 0 at y = 0
export const reduceL2 = reduction('ReduceL2', [18], ({ g, x, y, dy }) => g.mul(x, g.div(dy, g.max(y, 1e-30))));
