import { intsOr } from '../../attribute.js';
import { defineChange } from '../op-change.js';

/** Opset 5 made the shape of Reshape an input. */
export const reshapeShape = defineChange({
  ops: ['Reshape'],
  since: 5,
  upgrade: (node, { ints }) => [{ ...node, inputs: [node.inputs[0]!, ints(intsOr(node.attrs, 'shape', []))], attrs: {} }],
});
