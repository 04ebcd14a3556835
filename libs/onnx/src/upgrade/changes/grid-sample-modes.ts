import { string, stringOr } from '../../attribute.js';
import { defineChange } from '../op-change.js';

/** Opset 20, which brought volumes, calls the modes of GridSample linear and cubic. */
export const gridSampleModes = defineChange({
  ops: ['GridSample'],
  since: 20,
  upgrade: (node) => [{ ...node, attrs: { ...node.attrs, mode: string(stringOr(node.attrs, 'mode', 'bilinear').replace(/^bi/, '')) } }],
});
