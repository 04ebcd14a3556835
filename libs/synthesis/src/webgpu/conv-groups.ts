import { i64, int, intOr } from '@neuron-atlas/onnx';
import type { Repair } from './repair.js';
import { zeros } from './zeros.js';

/**
 * Conv in groups of more than 4 outputs each, where the outputs of all are divisible by a larger one of 4 and 2 than those of a
 * group are: outputs of two groups are computed together, from the inputs of one. Each group gets outputs of zeros up to a
 * multiple of 4, which are taken out again.
 */
export const convGroups: Repair = {
  op: 'Conv',
  repair(node, { shaped, constant, emit }) {
    const w = shaped(node.inputs[1]);
    const group = intOr(node.attrs, 'group', 1);
    if (w === undefined || group === 1 || w.shape.length > 4) return undefined;
    const [outs, channels, ...kernel] = w.shape as [number, number, ...number[]];
    const each = outs / group;
    if (each <= 4 || each % (outs % 4 === 0 ? 4 : outs % 2 === 0 ? 2 : 1) === 0) return undefined;
    const whole = 4 * Math.ceil(each / 4);
    const filled = (name: string, rest: readonly number[]): string => {
      const apart = emit('Reshape', [name, constant(i64([2 + rest.length], [group, each, ...rest]))]);
      const more = emit('Concat', [apart, constant(zeros(w.dtype, [group, whole - each, ...rest]))], { axis: int(1) });
      return emit('Reshape', [more, constant(i64([1 + rest.length], [group * whole, ...rest]))]);
    };
    const bias = node.inputs[2] ?? '';
    const inputs = [node.inputs[0]!, filled(node.inputs[1]!, [channels, ...kernel]), ...(bias === '' ? [] : [filled(bias, [])])];
    const kept = Array.from({ length: outs }, (_, i) => Math.floor(i / each) * whole + (i % each));
    return { ...node, op: 'Gather', inputs: [emit('Conv', inputs, node.attrs), constant(i64([outs], kept))], attrs: { axis: int(1) } };
  },
};
