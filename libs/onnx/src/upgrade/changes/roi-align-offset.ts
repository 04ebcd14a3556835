import { string } from '../../attribute.js';
import { defineChange } from '../op-change.js';

/** Opset 16 shifts the boxes of RoiAlign by half a pixel unless told not to. */
export const roiAlignOffset = defineChange({
  ops: ['RoiAlign'],
  since: 16,
  upgrade: (node) => [{ ...node, attrs: { ...node.attrs, coordinate_transformation_mode: string('output_half_pixel') } }],
});
