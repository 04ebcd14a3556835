import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

export const matMul = defineVjp({
  op: 'MatMul',
  since: [13],
  inputs: ['a', 'b'],
  outputs: ['y'],
  // y[…, m, n] = a[…, m, k] · b[…, k, n]     da = dy · bᵀ     db = aᵀ · dy
  // Axes that were broadcast are summed away by the engine, once, for every rule. A vector is a row on the left, a column on the right.
  vjp: ({ g, inputs: { a, b }, grads }) => {
    const row = (): Value => (a.shape.length === 1 ? g.reshape(a, [1, a.shape[0]!]) : a);
    const column = (): Value => (b.shape.length === 1 ? g.reshape(b, [b.shape[0]!, 1]) : b);
    const full = (): Value => matrixOf(g, grads.y, a.shape.length === 1, b.shape.length === 1);
    return {
      a: () => {
        const da = g.matMul(full(), column(), { transB: true });
        return a.shape.length === 1 ? g.reshape(g.sumTo(da, [1, a.shape[0]!]), a.shape) : da;
      },
      b: () => {
        const db = sharedRows(a, b) ? sharedGradient(g, a, full()) : g.matMul(row(), full(), { transA: true });
        return b.shape.length === 1 ? g.reshape(g.sumTo(db, [b.shape[0]!, 1]), b.shape) : db;
      },
    };
  },
  examples: [
    { shapes: [[2, 3], [3, 4]] }, { shapes: [[5, 2, 3], [3, 4]] }, { shapes: [[5, 1, 2, 3], [6, 3, 4]] }, { shapes: [[3], [3, 4]] }, { shapes: [[2, 3], [3]] },
    { shapes: [[3], [5, 3, 4]] }, { shapes: [[5, 2, 3], [3]] }, { shapes: [[3], [3]] }, { shapes: [[2, 3], [3, 4]], fixed: ['b'] }, { shapes: [[2, 3], [5, 3, 4]] },
  ],
});

/** dy with the axes that a vector operand took away. */
function matrixOf(g: GraphBuilder, dy: Value, aVector: boolean, bVector: boolean): Value {
  if (!aVector && !bVector) return dy;
  const lead = dy.shape.slice(0, dy.shape.length - (aVector ? 0 : 1) - (bVector ? 0 : 1));
  return g.reshape(dy, [...lead, aVector ? 1 : dy.shape[lead.length]!, bVector ? 1 : dy.shape.at(-1)!]);
}

/** One matrix on the right for a batch on the left: its gradient is one product over all rows, not a sum of products. */
const sharedRows = (a: Value, b: Value): boolean => b.shape.length === 2 && a.shape.length > 2;
function sharedGradient(g: GraphBuilder, a: Value, dy: Value): Value {
  const rows = a.shape.slice(0, -1).reduce((x, y) => x * y, 1);
  return g.matMul(g.reshape(a, [rows, a.shape.at(-1)!]), g.reshape(dy, [rows, dy.shape.at(-1)!]), { transA: true });
}
