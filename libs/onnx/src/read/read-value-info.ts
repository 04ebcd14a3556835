import type { ValueInfoProto } from '@neuron-atlas/proto/onnx';
import { dtypeOf } from '../dtype.js';
import type { Dim, ValueInfo } from '../graph.js';

/** A graph's input or output; what is not a tensor comes out untyped. */
export function readValueInfo(proto: ValueInfoProto): ValueInfo {
  const name = proto.name ?? '';
  const type = proto.type?.value;
  if (type?.$case !== 'tensorType' || (type.value.elemType ?? 0) === 0) return { name, dtype: 'f32', untyped: true };
  const dtype = dtypeOf(type.value.elemType!, `value ${name}`);
  const shape = type.value.shape?.dim.map(({ value }): Dim => {
    if (value === undefined) return null;
    if (value.$case === 'dimParam') return value.value === '' ? null : value.value;
    return value.value < 0n || value.value > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(value.value);
  });
  return shape === undefined ? { name, dtype } : { name, dtype, shape };
}
