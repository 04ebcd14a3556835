import { reduction } from '../reduction.js';

// y = Πx     dx = dy · y/x
export const reduceProd = reduction('ReduceProd', [18], ({ g, x, y, dy }) => g.mul(dy, g.div(y, x)), { range: [0.5, 1.5] });
