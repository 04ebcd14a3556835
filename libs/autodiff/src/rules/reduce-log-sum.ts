import { reduction } from '../reduction.js';

// y = ln Σx     dx = dy / e^y
export const reduceLogSum = reduction('ReduceLogSum', [18], ({ g, y, dy }) => g.mul(dy, g.exp(g.neg(y))), { range: [0.5, 1.5] });
