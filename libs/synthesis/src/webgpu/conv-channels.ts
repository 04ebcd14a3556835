import { i64, int, intOr } from '@neuron-atlas/onnx';
import type { Repair } from './repair.js';
import { zeros } from './zeros.js';

/**
 * Conv over a number of channels that 3 divides and 4 does not, beyond 3, where the outputs are a multiple of 4, but for what
 * is a plain product: wrong. As many channels of zeros are added as make it a multiple of 4.
 */
export const convChannels: Repair = {
  op: 'Conv',
  repair(node, { shaped, constant, emit }) {
    const w = shaped(node.inputs[1]);
    if (w === undefined || w.shape.length > 4 || intOr(node.attrs, 'group', 1) !== 1) return undefined;
    const rank = w.shape.length;
    const [outs, channels, ...kernel] = w.shape as [number, number, ...number[]];
    if (outs % 4 !== 0 || channels % 3 !== 0 || channels % 4 === 0 || channels === 3) return undefined;
    const extra = 4 - (channels % 4);
    const x = emit('Pad', [node.inputs[0]!, constant(i64([2 * rank], Array.from({ length: 2 * rank }, (_, i) => (i === rank + 1 ? extra : 0))))]);
    const weights = emit('Concat', [node.inputs[1]!, constant(zeros(w.dtype, [outs, extra, ...kernel]))], { axis: int(1) }, { dtype: w.dtype, shape: [outs, channels + extra, ...kernel] });
    return { ...node, inputs: [x, weights, ...node.inputs.slice(2)] };
  },
};
