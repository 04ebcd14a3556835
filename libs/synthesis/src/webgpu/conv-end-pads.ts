import { int, ints, intsOr } from '@neuron-atlas/onnx';
import type { Repair } from './repair.js';
import { zeros } from './zeros.js';

/**
 * Conv whose begin pads are all 0 and whose end pads are not: those are ignored where the kernel is 1 or as large as the input.
 * Where it may be, the kernel grows by a row of zeros at its start, and the begin pad with it.
 */
export const convEndPads: Repair = {
  op: 'Conv',
  repair(node, { shaped, constant, emit }) {
    const w = shaped(node.inputs[1]);
    const pads = intsOr(node.attrs, 'pads', undefined);
    const rank = (w?.shape.length ?? 0) - 2;
    if (w === undefined || pads === undefined || rank > 2) return undefined;
    const kernel = w.shape.slice(2);
    const axis = pads.slice(rank).findIndex((pad) => pad > 0);
    if (axis === -1 || pads.slice(0, rank).some((pad) => pad > 0)) return undefined;
    const dilation = intsOr(node.attrs, 'dilations', kernel.map(() => 1))[axis]!;
    const row = zeros(w.dtype, w.shape.map((dim, i) => (i === axis + 2 ? 1 : dim)));
    const weights = emit('Concat', [constant(row), node.inputs[1]!], { axis: int(axis + 2) }, { dtype: w.dtype, shape: w.shape.map((dim, i) => (i === axis + 2 ? dim + 1 : dim)) });
    return {
      ...node,
      inputs: [node.inputs[0]!, weights, ...node.inputs.slice(2)],
      attrs: { ...node.attrs, kernel_shape: ints(kernel.map((k, i) => (i === axis ? k + 1 : k))), pads: ints(pads.map((pad, i) => (i === axis ? dilation : pad))) },
    };
  },
};
