import { intsOr } from '../../attribute.js';
import { defineChange, without } from '../op-change.js';

/** Opset 18 made the axes of the remaining reductions an input. */
export const reduceAxesInput = defineChange({
  ops: ['ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSumSquare'],
  since: 18,
  upgrade: (node, { ints }) => {
    const axes = intsOr(node.attrs, 'axes', undefined);
    return [{ ...node, inputs: axes === undefined ? node.inputs : [node.inputs[0]!, ints(axes)], attrs: without(node.attrs, 'axes') }];
  },
});
