import { i64, int, intOr } from '@neuron-atlas/onnx';
import { defineVjp, stop } from '../rule.js';
import { typeOf } from '../type-of.js';

export const cumSum = defineVjp({
  op: 'CumSum',
  since: [14],
  inputs: ['x', 'axis'],
  outputs: ['y'],
  flat: { axis: stop },
  // y[i] = Σ x[j] over j ≤ i     dx[j] = Σ dy[i] over i ≥ j: the same from the other end.
  vjp: ({ g, attrs, inputs: { axis }, grads }) => ({
    x: () => g.emit('CumSum', [grads.y, axis], { ...attrs, reverse: int(1 - intOr(attrs, 'reverse', 0)) }, [typeOf(grads.y)])[0]!,
  }),
  examples: [
    { shapes: [[2, 4], null], constants: { axis: i64([], [1]) } },
    { shapes: [[2, 4], null], feeds: { axis: i64([], [-2]) }, attrs: { exclusive: int(1), reverse: int(1) } },
  ],
});
