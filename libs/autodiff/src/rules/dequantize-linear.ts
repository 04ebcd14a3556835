import { int, intOr, normalAxis, sizeOf, tensor } from '@neuron-atlas/onnx';
import { alongAxis, refusesBlocks } from '../quantized.js';
import { defineVjp, stop } from '../rule.js';

export const dequantizeLinear = defineVjp({
  op: 'DequantizeLinear',
  since: [13, 19, 21],
  inputs: ['x', 'scale', 'zeroPoint?'],
  outputs: ['y'],
  flat: { zeroPoint: stop },
  refuses: refusesBlocks,
  // y = s·(x − z)     dx = s·dy, of a whole number as of a real one: it goes straight through the QuantizeLinear before
  vjp: ({ g, attrs, inputs: { x, scale, zeroPoint }, grads: { y: dy } }) => ({
    x: () => g.mul(dy, alongAxis(g, scale, x, attrs)),
    scale: () => {
      const whole = g.cast(x, scale.dtype);
      const each = g.mul(dy, zeroPoint === undefined ? whole : g.sub(whole, g.cast(alongAxis(g, zeroPoint, x, attrs), scale.dtype)));
      const axis = sizeOf(scale.shape) === 1 ? -1 : normalAxis(intOr(attrs, 'axis', 1), x.shape.length);
      const others = x.shape.flatMap((_, i) => (i === axis ? [] : [i]));
      return g.reshape(g.sum(each, others), scale.shape);
    },
  }),
  examples: [
    { shapes: [null, [], null], range: [0.1, 1], feeds: { x: tensor('i8', [2, 3], Int8Array.of(-128, 4, 9, -3, 0, 127)) }, constants: { zeroPoint: tensor('i8', [], Int8Array.of(5)) } },
    { shapes: [null, [3]], range: [0.1, 1], feeds: { x: tensor('u8', [2, 3], Uint8Array.of(255, 4, 9, 3, 0, 127)) } },
    { shapes: [null, [2], null], range: [0.1, 1], attrs: { axis: int(0) }, feeds: { x: tensor('u8', [2, 3], Uint8Array.of(255, 4, 9, 3, 0, 127)) }, constants: { zeroPoint: tensor('u8', [2], Uint8Array.of(128, 7)) } },
  ],
});
