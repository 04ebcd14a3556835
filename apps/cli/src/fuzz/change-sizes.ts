import type { ModelProto } from '@neuron-atlas/proto/onnx';
import type { Draw } from './mutation.js';
import { tensorsOf } from './places.js';

/** A list of sizes among the constants: a shape, pads, repeats, a number of turns. */
export function changeSizes(model: ModelProto, draw: Draw, numbers: readonly bigint[]): void {
  const lists = tensorsOf(model).filter(({ dataType, dims }) => dataType === 7 && dims.length <= 1 && dims.every((dim) => dim > 0n && dim < 64n));
  if (lists.length === 0) return;
  const list = draw.of(lists);
  const values = list.rawData !== undefined && list.rawData.length > 0 ? [...new BigInt64Array(Uint8Array.from(list.rawData).buffer)] : [...list.int64Data];
  if (values.length === 0) return;
  values[draw.below(values.length)] = draw.of(numbers);
  list.rawData = new Uint8Array(BigInt64Array.from(values).buffer);
  list.int64Data = [];
}
