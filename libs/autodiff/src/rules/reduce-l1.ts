import { signOf } from '../masks.js';
import { reduction } from '../reduction.js';

// y = Σ|x|     dx = dy · sign(x)
export const reduceL1 = reduction('ReduceL1', [18], ({ g, x, dy }) => g.mul(dy, signOf(g, x)), { avoid: [0] });
