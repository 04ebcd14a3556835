import { f32, float, i64, int, intsOr, ints, normalAxis, string, stringOr, toNumbers } from '@neuron-atlas/onnx';
import { resizeGradient } from '../resize-gradient.js';
import { defineVjp, type Example, stop } from '../rule.js';

export const resize = defineVjp({
  op: 'Resize',
  since: [18, 19],
  inputs: ['x', 'roi?', 'scales?', 'sizes?'],
  outputs: ['y'],
  flat: { roi: stop, scales: stop, sizes: stop },
  refuses: ({ attrs }) => {
    const mode = stringOr(attrs, 'coordinate_transformation_mode', 'half_pixel');
    return ['half_pixel', 'half_pixel_symmetric', 'pytorch_half_pixel', 'align_corners', 'asymmetric'].includes(mode) ? undefined : `its coordinate transformation is ${mode}`;
  },
  // Linear in x, axis by axis: y = A·x, dx = Aᵀ·dy.
  vjp: ({ g, attrs, inputs: { x, scales, sizes }, grads: { y: dy }, around }) => ({
    x: () => {
      const axes = intsOr(attrs, 'axes', x.shape.map((_, axis) => axis)).map((axis) => normalAxis(axis, x.shape.length));
      const known = around.constant(scales);
      const given = known === undefined ? [] : toNumbers(known);
      const ratios = axes.map((axis) => dy.shape[axis]! / x.shape[axis]!);
      const policy = stringOr(attrs, 'keep_aspect_ratio_policy', 'stretch');
      const wanted = around.constant(sizes);
      // One factor for all axes, and the sizes rounded.
      const kept = policy === 'stretch' || wanted === undefined ? undefined
        : toNumbers(wanted).map((size, i) => size / x.shape[axes[i]!]!).reduce((a, b) => (policy === 'not_larger' ? Math.min(a, b) : Math.max(a, b)));
      return resizeGradient(g, x, dy, attrs, (axis) => {
        const at = axes.indexOf(axis);
        return at === -1 ? 1 : given[at] ?? kept ?? ratios[at]!;
      });
    },
  }),
  examples: [
    example([1, 2, 3, 4], [1, 1, 2, 2], { mode: string('nearest'), coordinate_transformation_mode: string('asymmetric'), nearest_mode: string('floor') }),
    example([1, 16, 3, 4], [1, 1, 2, 3], { mode: string('nearest'), coordinate_transformation_mode: string('asymmetric'), nearest_mode: string('floor') }),
    example([1, 2, 3, 4], [1, 1, 2, 2], {}),
    example([1, 2, 5, 6], [1, 1, 0.6, 0.5], {}),
    example([1, 2, 5, 4], [1, 1, 1.5, 2.25], { nearest_mode: string('ceil'), coordinate_transformation_mode: string('align_corners') }),
    example([1, 2, 3, 4], [1, 1, 2, 2], { mode: string('linear') }),
    example([1, 2, 3, 4], [1, 1, 2.5, 0.5], { mode: string('linear') }),
    example([1, 2, 3, 4], [1, 1, 3, 2], { mode: string('linear'), coordinate_transformation_mode: string('align_corners') }),
    example([1, 2, 3, 4], [1, 1, 2, 2], { mode: string('linear'), coordinate_transformation_mode: string('pytorch_half_pixel') }),
    example([1, 2, 4, 5], [1, 1, 2, 2], { mode: string('cubic') }),
    example([1, 2, 4, 5], [1, 1, 1.5, 0.8], { mode: string('cubic'), cubic_coeff_a: float(-0.5), exclude_outside: int(1) }),
    example([1, 2, 9, 8], [1, 1, 0.5, 0.3], { mode: string('linear'), antialias: int(1) }),
    example([1, 2, 8, 9], [1, 1, 0.4, 1.5], { mode: string('cubic'), antialias: int(1) }),
    example([1, 2, 8, 9], [1, 1, 0.5, 0.7], { mode: string('cubic'), antialias: int(1), exclude_outside: int(1), coordinate_transformation_mode: string('align_corners') }),
    { ...example([1, 2, 5, 4], [1, 1, 1.3, 1.9], { mode: string('linear'), coordinate_transformation_mode: string('half_pixel_symmetric') }), opset: 19 },
    { shapes: [[1, 2, 3, 4], null, null, null], constants: { sizes: i64([2], [7, 7]) }, attrs: { mode: string('linear'), axes: ints([2, 3]), keep_aspect_ratio_policy: string('not_larger') } },
    { shapes: [[1, 2, 3, 4], null, null, null], constants: { sizes: i64([4], [1, 2, 7, 6]) }, attrs: { mode: string('linear') } },
    { shapes: [[1, 2, 3, 4], null, null], constants: { scales: f32([2], [2, 2]) }, attrs: { mode: string('linear'), axes: ints([2, 3]) } },
  ],
});

function example(shape: readonly number[], scales: readonly number[], attrs: Example['attrs'] & object): Example {
  return { shapes: [shape, null, null], constants: { scales: f32([scales.length], scales) }, attrs };
}
