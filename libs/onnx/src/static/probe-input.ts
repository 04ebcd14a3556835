import type { DType } from '../dtype.js';
import { errors } from '../errors.js';
import { sizeOf, tensor, type Tensor } from '../tensor.js';

/** A small seeded picture, not zero: operators that divide or normalise then meet ordinary numbers. */
export function probeInput(shape: readonly number[], dtype: DType): Tensor {
  const size = sizeOf(shape);
  let state = 0x2545f491;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  switch (dtype) {
    case 'f32': return tensor(dtype, shape, Float32Array.from({ length: size }, next));
    case 'f64': return tensor(dtype, shape, Float64Array.from({ length: size }, next));
    default: throw errors.inputDtype({ dtype });
  }
}
