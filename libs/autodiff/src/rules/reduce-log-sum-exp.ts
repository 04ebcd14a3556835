import { reduction } from '../reduction.js';

// y = ln Σeˣ     dx = dy · e^(x − y)
export const reduceLogSumExp = reduction('ReduceLogSumExp', [18], ({ g, x, y, dy }) => g.mul(dy, g.exp(g.sub(x, y))));
