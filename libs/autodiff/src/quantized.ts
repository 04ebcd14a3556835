import { type Attributes, type DType, dtypeOf, type GraphBuilder, intOr, normalAxis, type Node, sizeOf, type Value } from '@neuron-atlas/onnx';

/** The whole numbers that a type of QuantizeLinear's result holds. */
const ranges: Partial<Record<DType, readonly [low: number, high: number]>> = { u8: [0, 255], i8: [-128, 127], u16: [0, 65_535], i16: [-32_768, 32_767] };

/** Lowest and highest result of a QuantizeLinear: by its zero point's type, its attribute, or uint8. */
export function quantizedRange(attrs: Attributes, zeroPoint: Value | undefined): readonly [low: number, high: number] {
  const told = intOr(attrs, 'output_dtype', 0);
  const dtype = zeroPoint?.dtype ?? (told === 0 ? 'u8' : dtypeOf(told, 'output_dtype'));
  const range = ranges[dtype];
  if (range === undefined) throw new Error(`unreachable: a QuantizeLinear to ${dtype}`);
  return range;
}

/** A scale or zero point, one number or one for each index along `axis`, in a shape that broadcasts to x. */
export function alongAxis(g: GraphBuilder, parameter: Value, x: Value, attrs: Attributes): Value {
  if (sizeOf(parameter.shape) === 1) return g.reshape(parameter, []);
  const axis = normalAxis(intOr(attrs, 'axis', 1), x.shape.length);
  return g.reshape(parameter, x.shape.map((_, i) => (i === axis ? parameter.shape[0]! : 1)));
}

/** Scales of blocks along an axis (opset 21) lie in another order. */
export const refusesBlocks = ({ attrs }: Node): string | undefined =>
  (intOr(attrs, 'block_size', 0) === 0 ? undefined : 'its scales are of blocks, not of the whole or of one axis');
