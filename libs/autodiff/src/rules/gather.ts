import { i64, int, intOr, normalAxis } from '@neuron-atlas/onnx';
import { rangeOf, scatteredSum } from '../scattered-sum.js';
import { defineVjp, stop } from '../rule.js';

export const gather = defineVjp({
  op: 'Gather',
  since: [13],
  inputs: ['data', 'indices'],
  outputs: ['y'],
  flat: { indices: stop },
  // y[…, i, …] = data[…, indices[i], …]     d data[…, k, …] = Σ dy[…, i, …] over the i with indices[i] = k
  vjp: ({ g, attrs, inputs: { data, indices }, grads, around }) => ({
    data: () => scatteredSum(g, grads.y, indices, around.constant(indices), data, normalAxis(intOr(attrs, 'axis', 0), data.shape.length)),
  }),
  range: ({ attrs, inputs: { data, indices }, around }) => {
    const axis = normalAxis(intOr(attrs, 'axis', 0), data.shape.length);
    return rangeOf(around.constant(indices), data.shape[axis]!, axis);
  },
  examples: [
    { shapes: [[4, 3], null], constants: { indices: i64([3], [2, 0, 2]) } },
    { shapes: [[2, 5, 3], null], attrs: { axis: int(1) }, constants: { indices: i64([], [-2]) } },
    { shapes: [[2, 5, 3], null], attrs: { axis: int(1) }, constants: { indices: i64([3], [1, 2, 3]) } },
    { shapes: [[2, 3, 5], null], attrs: { axis: int(-1) }, constants: { indices: i64([2, 2], [1, -1, 4, 0]) } },
    { shapes: [[2, 5, 3], null], attrs: { axis: int(1) }, feeds: { indices: i64([2, 2], [1, -1, 1, 0]) } },
  ],
});
