import { arrayType, sizeOf, tensor, type DType, type Tensor } from '@neuron-atlas/onnx';

/** A tensor of zeros; of float16 too, whose bits they are. */
export const zeros = (dtype: DType, shape: readonly number[]): Tensor => {
  if (dtype === 'string') throw new Error('unreachable: weights are numbers');
  return tensor(dtype, shape, new arrayType[dtype](sizeOf(shape)) as never);
};
