import { reduction, spread } from '../reduction.js';

// y = Σx/n     dx = dy/n
export const reduceMean = reduction('ReduceMean', [18], ({ g, x, dy, axes, count }) => spread(g, dy, x, axes, 1 / count));
