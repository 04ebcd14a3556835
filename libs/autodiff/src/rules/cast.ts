import { dtypeCode, int, intOr } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

const real = new Set<number>([dtypeCode.f32, dtypeCode.f64, dtypeCode.f16, dtypeCode.bf16]);

export const cast = defineVjp({
  op: 'Cast',
  since: [13, 19, 21],
  inputs: ['x'],
  outputs: ['y'],
  refuses: ({ attrs }) => (real.has(intOr(attrs, 'to', 0)) ? undefined : 'a cast to a type without fractions has no gradient'),
  vjp: ({ g, inputs: { x }, grads }) => ({ x: () => g.cast(grads.y, x.dtype) }),
  examples: [{ shapes: [[2, 3]], attrs: { to: int(dtypeCode.f64) } }, { shapes: [[2, 3]], attrs: { to: int(dtypeCode.f32) } }],
});
