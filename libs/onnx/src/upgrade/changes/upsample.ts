import { floatOr, string, stringOr } from '../../attribute.js';
import { f32 } from '../../tensor.js';
import { defineChange } from '../op-change.js';

/** Opset 10 replaced Upsample by Resize; opset 7 had turned its two factors into a list, opset 9 the list into an input. */
export const upsample = defineChange({
  ops: ['Upsample'],
  since: 10,
  upgrade: (node, { constant }) => {
    const mode = stringOr(node.attrs, 'mode', 'nearest');
    const listed = node.attrs['scales'];
    const scales = listed?.type === 'floats' ? listed.value : [1, 1, floatOr(node.attrs, 'height_scale', 1), floatOr(node.attrs, 'width_scale', 1)];
    return [{
      ...node,
      op: 'Resize',
      inputs: [node.inputs[0]!, node.inputs[1] ?? constant(f32([scales.length], scales))],
      attrs: { mode: string(mode === 'bilinear' ? 'linear' : mode) },
    }];
  },
});
