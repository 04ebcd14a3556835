import { intOr, intsOr, normalAxis, toNumbers } from '@neuron-atlas/onnx';
import { all, same } from '../reads.js';
import { defineField } from '../rule.js';

/** What is left of a value after its reduced axes have been read whole. */
export const reduction = defineField({
  ops: [
    'ArgMax', 'ArgMin', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum', 'ReduceSumSquare',
  ],
  steps: ({ node, attrs, input, output, constant }, index) => {
    if (index !== 0) return undefined;
    const [x, y] = [input(0), output(0)];
    const list = constant(1);
    const arg = node.op.startsWith('Arg');
    const given = arg ? [intOr(attrs, 'axis', 0)] : list === undefined ? intsOr(attrs, 'axes', []) : toNumbers(list);
    const none = !arg && given.length === 0;
    if (none && intOr(attrs, 'noop_with_empty_axes', 0) === 1) return [x.map((_, axis) => same(axis))];
    const reduced = new Set(none ? x.map((_, axis) => axis) : given.map((axis) => normalAxis(axis, x.length)));
    let next = 0;
    const kept = y.length === x.length && intOr(attrs, 'keepdims', 1) === 1;
    return [x.map((_, axis) => {
      const to = kept ? axis : next;
      if (!reduced.has(axis)) next++;
      return reduced.has(axis) ? all : same(to);
    })];
  },
});
