import { defineChange } from '../op-change.js';

/** Opset 9 took the batch axis out of Scan: another operator, which no known exporter of pictures' networks wrote. */
export const scanBatch = defineChange({
  ops: ['Scan'],
  since: 9,
  upgrade: (node, { refuse }) => { throw refuse(node, 'it has the form of opset 8, with a batch axis of its own'); },
});
