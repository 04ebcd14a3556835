import { defineChange, without } from '../op-change.js';

/** Opset 7 ended the `broadcast` flag of Gemm: C always broadcasts. */
export const gemmBroadcast = defineChange({
  ops: ['Gemm'],
  since: 7,
  upgrade: (node) => [{ ...node, attrs: without(node.attrs, 'broadcast') }],
});
