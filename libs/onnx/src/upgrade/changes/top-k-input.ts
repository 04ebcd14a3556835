import { intOr } from '../../attribute.js';
import { defineChange, without } from '../op-change.js';

/** Opset 10 made k of TopK an input. */
export const topKInput = defineChange({
  ops: ['TopK'],
  since: 10,
  upgrade: (node, { ints }) => [{ ...node, inputs: [node.inputs[0]!, ints([intOr(node.attrs, 'k', 1)])], attrs: without(node.attrs, 'k') }],
});
