import { defineChange, without } from '../op-change.js';

/** Opset 7 ended `is_test` of BatchNormalization; a network that is looked at is always under test. */
export const batchNormalizationTest = defineChange({
  ops: ['BatchNormalization'],
  since: 7,
  upgrade: (node) => [{ ...node, attrs: without(node.attrs, 'is_test') }],
});
