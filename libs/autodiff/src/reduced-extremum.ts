import type { Rule } from './rule.js';
import { reduction } from './reduction.js';

/** ReduceMax or ReduceMin: the gradient is split equally among the elements that hold the result. */
export const reducedExtremum = (op: 'ReduceMax' | 'ReduceMin'): Rule => reduction(op, [18, 20], ({ g, x, y, dy, axes }) => {
  const holds = g.cast(g.equal(x, y), x.dtype);
  return axes.length === 0 ? dy : g.mul(holds, g.div(dy, g.sum(holds, axes, true)));
}, { distinct: true });
