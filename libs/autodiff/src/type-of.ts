import type { DType, Value } from '@neuron-atlas/onnx';

/** The type of a value without its name: a new value of the same type. */
export const typeOf = ({ dtype, shape }: Pick<Value, 'dtype' | 'shape'>): { readonly dtype: DType; readonly shape: readonly number[] } => ({ dtype, shape });
