import { floatOr, intsOr, string, stringOr } from '../../attribute.js';
import { defineChange } from '../op-change.js';
import { scalarLike } from '../scalar-like.js';

/** Opset 11 made pads and value of Pad inputs; opset 1 had named the first `paddings`. */
export const padInputs = defineChange({
  ops: ['Pad'],
  since: 11,
  upgrade: (node, context) => {
    const value = floatOr(node.attrs, 'value', 0);
    const pads = context.ints(intsOr(node.attrs, 'pads', intsOr(node.attrs, 'paddings', [])));
    const fill = value === 0 ? [] : [context.constant(scalarLike(value, context.dtypeOf(node.inputs[0])))];
    return [{ ...node, inputs: [node.inputs[0]!, pads, ...fill], attrs: { mode: string(stringOr(node.attrs, 'mode', 'constant')) } }];
  },
});
