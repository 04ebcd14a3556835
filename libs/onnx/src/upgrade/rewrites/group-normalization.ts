import { float, floatOr, int, intOr } from '../../attribute.js';
import { f32 } from '../../tensor.js';
import { defineRewrite } from '../op-rewrite.js';

/** Before opset 21 GroupNormalization had a scale and a bias for each group, not for each channel. */
export const groupNormalization = defineRewrite({
  domain: '',
  ops: ['GroupNormalization'],
  opsets: [18, 20],
  rewrite: (node, { write, ints, constant, refuse, dtypeOf }) => {
    const [x, scale, bias] = node.inputs as [string, string, string];
    if ((dtypeOf(x) ?? 'f32') !== 'f32') throw refuse(node, 'it is not of float32');
    const groups = intOr(node.attrs, 'num_groups', 1);
    const filled = (value: number): string => constant(f32([groups], Array.from({ length: groups }, () => value)));
    const apart = write('Reshape', [x, ints([0, groups, -1])]);
    const normal = write('InstanceNormalization', [apart, filled(1), filled(0)], { epsilon: float(floatOr(node.attrs, 'epsilon', 1e-5)) });
    const each = (value: string): string => write('Reshape', [value, ints([1, groups, 1])]);
    const scaled = write('Add', [write('Mul', [normal, each(scale)]), each(bias)]);
    write('Reshape', [scaled, write('Shape', [x])], { allowzero: int(0) }, node.outputs[0]);
  },
});
