import { defineChange } from '../op-change.js';

/** Opset 11 renamed Scatter to ScatterElements. */
export const scatterElements = defineChange({
  ops: ['Scatter'],
  since: 11,
  upgrade: (node) => [{ ...node, op: 'ScatterElements' }],
});
