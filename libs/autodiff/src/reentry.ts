import { type GraphBuilder, sameShape, type Value } from '@neuron-atlas/onnx';
import { filled } from './filled.js';

// What the CPU provider packs together on machines with AVX-512; where it packs 8, C % 16 = 0 serves too.
const block = 16;

/**
 * The value once more, through a depthwise 1 × 1 convolution of ones.
 *
 * After an operator that works in plain NCHW, this one convolution brings the chain of Adds, Muls and masks behind it
 * back into the runtime's blocked layout: ResNet-18 71.5 to 68.7 ms, MobileNetV2 38.0 to 34.6 (2 cores, batch 4).
 */
export function reentry(g: GraphBuilder, value: Value, shape: readonly number[]): Value {
  const channels = value.shape[1];
  if (value.dtype !== 'f32' || value.shape.length !== 4 || channels === undefined || channels % block !== 0 || !sameShape(value.shape, shape)) return value;
  return g.conv(value, filled(g, { dtype: 'f32', shape: [channels, 1, 1, 1] }, 1), undefined, { group: channels });
}
