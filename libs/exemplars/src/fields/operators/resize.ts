import { intOr, interpolation, intsOr, normalAxis, stringOr, toNumbers } from '@neuron-atlas/onnx';
import { same } from '../reads.js';
import { defineField } from '../rule.js';
import type { Reads } from '../span.js';

const known = new Set(['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric']);

export const resize = defineField({
  ops: ['Resize'],
  steps: ({ attrs, input, output, constant }, index) => {
    const plain = intOr(attrs, 'antialias', 0) === 0 && known.has(stringOr(attrs, 'coordinate_transformation_mode', 'half_pixel'));
    if (index !== 0 || !plain) return undefined;
    const [x, y, scales] = [input(0), output(0), constant(2)];
    const axes = intsOr(attrs, 'axes', x.map((_, axis) => axis)).map((axis) => normalAxis(axis, x.length));
    const given = scales === undefined ? [] : toNumbers(scales);
    return [x.map((size, axis): Reads => {
      const at = axes.indexOf(axis);
      const scale = at === -1 || given.length === 0 ? y[axis]! / size : given[at]!;
      if (size === y[axis] && scale === 1) return same(axis);
      const taps = interpolation(attrs, size, y[axis]!, scale);
      return { kind: 'places', to: axis, length: y[axis]!, places: (p) => taps[p]!.flatMap(({ from, weight }) => (weight === 0 ? [] : [from])) };
    })];
  },
});
