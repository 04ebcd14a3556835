import { string, stringOr } from '../../attribute.js';
import { defineRewrite } from '../op-rewrite.js';

/** Operators that ONNX Runtime had of its own until ai.onnx took them over as they were. */
export const standardByNow = defineRewrite({
  domain: 'com.microsoft',
  ops: ['GridSample', 'Trilu'],
  rewrite: (node, { write, target }) => {
    const mode = stringOr(node.attrs, 'mode', 'bilinear');
    const attrs = node.op === 'GridSample' ? { ...node.attrs, mode: string(target >= 20 ? mode.replace(/^bi/, '') : mode) } : node.attrs;
    write(node.op, node.inputs, attrs, node.outputs[0]);
  },
});
