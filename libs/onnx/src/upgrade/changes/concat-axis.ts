import { int } from '../../attribute.js';
import { defineChange } from '../op-change.js';

/** Opset 4 took away the default axis of Concat, which was 1. */
export const concatAxis = defineChange({
  ops: ['Concat'],
  since: 4,
  upgrade: (node) => [{ ...node, attrs: { axis: int(1), ...node.attrs } }],
});
