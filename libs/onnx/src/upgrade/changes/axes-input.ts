import { intsOr } from '../../attribute.js';
import { defineChange, without } from '../op-change.js';

/** Opset 13 made the axes of these an input. */
export const axesInput = defineChange({
  ops: ['Squeeze', 'Unsqueeze', 'ReduceSum'],
  since: 13,
  upgrade: (node, { ints }) => {
    const axes = intsOr(node.attrs, 'axes', undefined);
    return [{ ...node, inputs: axes === undefined ? node.inputs : [node.inputs[0]!, ints(axes)], attrs: without(node.attrs, 'axes') }];
  },
});
