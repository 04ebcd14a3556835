import { i64, int, intOr } from '@neuron-atlas/onnx';
import type { Repair } from './repair.js';
import { zeros } from './zeros.js';

/** ConvTranspose in groups of several inputs and one output: each group gets a second output of zeros, which is taken out again. */
export const transposeGroups: Repair = {
  op: 'ConvTranspose',
  repair(node, { shaped, constant, emit }) {
    const w = shaped(node.inputs[1]);
    const group = intOr(node.attrs, 'group', 1);
    if (w === undefined || group === 1 || w.shape[1] !== 1 || w.shape[0] === group) return undefined;
    const weights = emit('Concat', [node.inputs[1]!, constant(zeros(w.dtype, w.shape))], { axis: int(1) });
    const bias = node.inputs[2] ?? '';
    const twice = (name: string): string => {
      const column = emit('Reshape', [name, constant(i64([2], [group, 1]))]);
      return emit('Reshape', [emit('Concat', [column, constant(zeros(w.dtype, [group, 1]))], { axis: int(1) }), constant(i64([1], [2 * group]))]);
    };
    const both = emit('ConvTranspose', [node.inputs[0]!, weights, ...(bias === '' ? [] : [twice(bias)])], node.attrs);
    return { ...node, op: 'Gather', inputs: [both, constant(i64([group], Array.from({ length: group }, (_, i) => 2 * i)))], attrs: { axis: int(1) } };
  },
};
