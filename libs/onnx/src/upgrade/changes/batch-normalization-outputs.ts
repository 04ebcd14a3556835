import { defineChange } from '../op-change.js';

/** Opset 14 ended the four training outputs of BatchNormalization; their presence had meant training. */
export const batchNormalizationOutputs = defineChange({
  ops: ['BatchNormalization'],
  since: 14,
  upgrade: (node, { isRead, refuse }) => {
    if (node.outputs.slice(1).some(isRead)) throw refuse(node, 'it gives out training statistics');
    return [{ ...node, outputs: node.outputs.slice(0, 1) }];
  },
});
