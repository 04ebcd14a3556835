import { isAtlasError } from '@neuron-atlas/errors';
import type { SparseTensorProto, TensorProto } from '@neuron-atlas/proto/onnx';
import { arrayType, type DType, dtypeOf } from '../dtype.js';
import { errors } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { checkLocation, type ExternalData, type ReadableRange } from './external-data.js';

/** The largest tensor that is made dense from a sparse one: beyond it a small file could ask for any amount of memory. */
const denseLimitBytes = 2 ** 30;

/** A tensor of the file as the project has it, a view into the file's bytes where alignment allows; what stays in another file is read when its `data` is asked for. */
export function readTensor(proto: TensorProto, name: string, external: ExternalData | undefined): Tensor {
  const dtype = dtypeOf(proto.dataType ?? 0, `tensor ${name}`);
  const shape = readDims(proto.dims, name);
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (proto.segment !== undefined) throw errors.tensorForm({ tensor: name, form: 'segments' });
  if (dtype === 'string') {
    expectLength(name, dtype, shape, count, proto.stringData.length, 'strings');
    const decoder = new TextDecoder();
    return { dtype, shape, data: proto.stringData.map((bytes) => decoder.decode(bytes)) };
  }
  const { BYTES_PER_ELEMENT: width } = arrayType[dtype];
  const raw = proto.dataLocation === 1 ? readExternal(proto, name, count * width, external) : proto.rawData;
  if (raw !== undefined && 'read' in raw) return { dtype, shape, source: { kind: 'file', path: raw.path, offset: raw.offset, length: raw.length }, get data() { return view(dtype, raw.read()); } };
  if (raw !== undefined && (raw.length > 0 || typedLength(proto, dtype) === 0)) {
    expectLength(name, dtype, shape, count * width, raw.length, 'bytes');
    return { dtype, shape, data: view(dtype, raw) };
  }
  expectLength(name, dtype, shape, count, typedLength(proto, dtype), 'elements');
  return { dtype, shape, data: fromTyped(proto, dtype) };
}

/** A sparse tensor made dense: `indices` are positions, or coordinates of one row each. */
export function readSparseTensor(proto: SparseTensorProto, name: string, external: ExternalData | undefined): Tensor {
  if (proto.values === undefined || proto.indices === undefined) throw errors.tensorForm({ tensor: name, form: 'a sparse tensor without values or indices' });
  const values = readTensor(proto.values, name, external);
  const indices = readTensor(proto.indices, `${name} (indices)`, external);
  const shape = readDims(proto.dims, name);
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (values.dtype === 'string') throw errors.tensorForm({ tensor: name, form: 'sparse strings' });
  const numbers = values.data as ArrayLike<number | bigint>;
  const array = arrayType[values.dtype];
  if (count * array.BYTES_PER_ELEMENT > denseLimitBytes) throw errors.tensorForm({ tensor: name, form: `a sparse tensor of ${count} elements` });
  const rank = shape.length;
  const flat = indices.shape.length === 1;
  const fits = indices.dtype === 'i64' && values.shape.length === 1
    && (flat ? indices.shape[0] === values.shape[0] : indices.shape.length === 2 && indices.shape[0] === values.shape[0] && indices.shape[1] === rank);
  if (!fits) throw errors.tensorShape({ tensor: `${name} (indices)`, dims: indices.shape.map(String) });
  const data = new array(count);
  const at = indices.data as BigInt64Array;
  for (let i = 0; i < values.shape[0]!; i++) {
    let position = flat ? Number(at[i]!) : 0;
    if (!flat) for (let axis = 0; axis < rank; axis++) position = position * shape[axis]! + Number(at[i * rank + axis]!);
    if (!(position >= 0 && position < count)) throw errors.tensorShape({ tensor: `${name} (index ${i})`, dims: [String(position)] });
    data[position] = numbers[i]!;
  }
  return { dtype: values.dtype, shape, data };
}

function readDims(dims: readonly bigint[], tensor: string): number[] {
  const shape = dims.map(Number);
  const possible = dims.every((dim) => dim >= 0n) && Number.isSafeInteger(shape.reduce((product, dim) => product * Math.max(dim, 1), 8));
  if (!possible) throw errors.tensorShape({ tensor, dims: dims.slice(0, 16).map(String) });
  return shape;
}

function readExternal(proto: TensorProto, tensor: string, sizeBytes: number, external: ExternalData | undefined): Uint8Array | ReadableRange {
  const entry = (key: string): string | undefined => proto.externalData.find((pair) => pair.key === key)?.value;
  const location = checkLocation(tensor, entry('location') ?? '');
  const offset = Number(entry('offset') ?? 0);
  const length = entry('length') === undefined ? undefined : Number(entry('length'));
  if (!Number.isSafeInteger(offset) || offset < 0 || (length !== undefined && length !== sizeBytes)) {
    throw errors.externalMissing({ tensor, location, reason: `offset ${offset} and length ${length ?? 'unknown'} do not fit ${sizeBytes} bytes` });
  }
  if (external === undefined) throw errors.externalMissing({ tensor, location, reason: 'only the model file itself was given' });
  if (sizeBytes === 0) return new Uint8Array(0);
  try {
    return external(location, offset, sizeBytes, tensor);
  } catch (cause) {
    if (isAtlasError(cause)) throw cause;
    throw errors.externalMissing({ tensor, location, reason: cause instanceof Error ? cause.message : String(cause) }, cause);
  }
}

function view(dtype: Exclude<DType, 'string'>, raw: Uint8Array): Tensor['data'] {
  const array = arrayType[dtype];
  const width = array.BYTES_PER_ELEMENT;
  if (raw.byteOffset % width === 0) return new array(raw.buffer as ArrayBuffer, raw.byteOffset, raw.length / width);
  return new array(new Uint8Array(raw).buffer);
}

function typedLength(proto: TensorProto, dtype: DType): number {
  return typedField(proto, dtype).length;
}

/** Which of the typed fields holds a type's elements, as the format has it. */
function typedField(proto: TensorProto, dtype: DType): readonly (number | bigint)[] {
  switch (dtype) {
    case 'f32': return proto.floatData;
    case 'f64': return proto.doubleData;
    case 'i64': return proto.int64Data;
    case 'u64': case 'u32': return proto.uint64Data;
    default: return proto.int32Data;
  }
}

function fromTyped(proto: TensorProto, dtype: Exclude<DType, 'string'>): Tensor['data'] {
  const field = typedField(proto, dtype);
  if (dtype === 'i64') return BigInt64Array.from(field as readonly bigint[]);
  if (dtype === 'u64') return BigUint64Array.from(field as readonly bigint[]);
  return arrayType[dtype].from(dtype === 'u32' ? field.map(Number) : (field as readonly number[]));
}

function expectLength(tensor: string, dtype: DType, shape: readonly number[], expected: number, got: number, unit: string): void {
  if (expected !== got) throw errors.tensorData({ tensor, dtype, shape, expected, got, unit });
}
