import { reduction } from '../reduction.js';

// y = Σx²     dx = 2x · dy
export const reduceSumSquare = reduction('ReduceSumSquare', [18], ({ g, x, dy }) => g.mul(x, g.mul(dy, 2)));
