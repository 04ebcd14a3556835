import { sizeOf } from '@neuron-atlas/onnx';

/** A tensor that is trained: f32 of this shape. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its first values, as many as the shape has elements. Draws only through `normal`: same seed, same start. */
  readonly init: Init;
}

/** `normal` gives independent draws of the standard normal law. */
export type Init = (shape: readonly number[], normal: () => number) => Float32Array;

/**
 * Normal draws of standard deviation √(2 / fan-in): the scale at which Relu layers keep the size of what passes (He et al. 2015).
 *
 * The fan-in is that of Conv weights [O, C, …] and of Gemm weights [O, C] (transB): all dimensions but the first.
 */
export const heNormal: Init = (shape, normal) => {
  const deviation = Math.sqrt(2 / sizeOf(shape.slice(1)));
  return Float32Array.from({ length: sizeOf(shape) }, () => deviation * normal());
};

/** The start of biases. */
export const zeros: Init = (shape) => new Float32Array(sizeOf(shape));
