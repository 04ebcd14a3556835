import { type DType, type GraphBuilder, i64, sizeOf, type Value } from '@neuron-atlas/onnx';
import { realTensor } from './real-tensor.js';
import { typeOf } from './type-of.js';

// Beyond this many elements a constant would swell the file: it is expanded from a scalar instead.
const largestConstant = 65_536;

/** A tensor full of one number. */
export function filled(g: GraphBuilder, like: { readonly dtype: DType; readonly shape: readonly number[] }, number: number): Value {
  const size = sizeOf(like.shape);
  if (size <= largestConstant) return g.constant(realTensor(like.dtype, like.shape, Array.from({ length: size }, () => number)));
  const one = g.constant(realTensor(like.dtype, [], [number]));
  return g.emit('Expand', [one, g.constant(i64([like.shape.length], like.shape))], {}, [typeOf(like)])[0]!;
}
