import { intsOr } from '../../attribute.js';
import { defineChange } from '../op-change.js';

/** Opset 10 made starts, ends and axes of Slice inputs. */
export const sliceInputs = defineChange({
  ops: ['Slice'],
  since: 10,
  upgrade: (node, { ints }) => {
    const starts = intsOr(node.attrs, 'starts', []);
    const axes = intsOr(node.attrs, 'axes', starts.map((_, axis) => axis));
    return [{ ...node, inputs: [node.inputs[0]!, ints(starts), ints(intsOr(node.attrs, 'ends', [])), ints(axes)], attrs: {} }];
  },
});
