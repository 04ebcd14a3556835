import { intsOr } from '../../attribute.js';
import { defineChange, without } from '../op-change.js';

/** Opset 13 made the lengths of Split an input. */
export const splitInput = defineChange({
  ops: ['Split'],
  since: 13,
  upgrade: (node, { ints }) => {
    const lengths = intsOr(node.attrs, 'split', undefined);
    return [{ ...node, inputs: lengths === undefined ? node.inputs : [node.inputs[0]!, ints(lengths)], attrs: without(node.attrs, 'split') }];
  },
});
