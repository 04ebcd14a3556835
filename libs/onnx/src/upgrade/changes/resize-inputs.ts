import { string, stringOr } from '../../attribute.js';
import { sizeOf } from '../../tensor.js';
import { defineChange } from '../op-change.js';

/**
 * Opset 13 leaves out the inputs of Resize that do not count, which opset 11 gave as empty tensors, and ended
 * `tf_half_pixel_for_nn`: floor((i + ½) / scale) is round_prefer_ceil((i + ½) / scale − ½), a half_pixel.
 */
export const resizeInputs = defineChange({
  ops: ['Resize'],
  since: 13,
  upgrade: (node, { constantOf, refuse }) => {
    const inputs = node.inputs.map((name) => {
      const value = constantOf(name);
      return value !== undefined && sizeOf(value.shape) === 0 ? '' : name;
    });
    // The region counts only where the picture is cropped to it.
    if (stringOr(node.attrs, 'coordinate_transformation_mode', 'half_pixel') !== 'tf_crop_and_resize') inputs[1] = '';
    while (inputs.at(-1) === '') inputs.pop();
    if (stringOr(node.attrs, 'coordinate_transformation_mode', '') !== 'tf_half_pixel_for_nn') return [{ ...node, inputs }];
    if (stringOr(node.attrs, 'nearest_mode', 'round_prefer_floor') !== 'floor') throw refuse(node, 'it samples by tf_half_pixel_for_nn and does not round down');
    return [{ ...node, inputs, attrs: { ...node.attrs, coordinate_transformation_mode: string('half_pixel'), nearest_mode: string('round_prefer_ceil') } }];
  },
});
