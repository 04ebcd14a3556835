import { reduction, spread } from '../reduction.js';

// y = Σx     dx = dy
export const reduceSum = reduction('ReduceSum', [13], ({ g, x, dy, axes }) => spread(g, dy, x, axes, 1));
