import { int } from '../../attribute.js';
import { defineChange } from '../op-change.js';

/** Opset 18 wants the number of parts where Split is given no lengths. */
export const splitCount = defineChange({
  ops: ['Split'],
  since: 18,
  upgrade: (node) => [(node.inputs[1] ?? '') === '' ? { ...node, attrs: { ...node.attrs, num_outputs: int(node.outputs.length) } } : node],
});
