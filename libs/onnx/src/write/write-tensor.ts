import type { TensorProto } from '@neuron-atlas/proto/onnx';
import { dtypeCode } from '../dtype.js';
import type { Tensor } from '../tensor.js';
import type { DataPlaces } from './write-model.js';

/** A tensor for the file: raw bytes, little-endian, or where they lie. */
export function writeTensor(tensor: Tensor, name: string, placed: DataPlaces): TensorProto {
  const proto: TensorProto = {
    name, dataType: dtypeCode[tensor.dtype], dims: tensor.shape.map(BigInt),
    floatData: [], int32Data: [], stringData: [], int64Data: [], doubleData: [], uint64Data: [], externalData: [], metadataProps: [],
  };
  const place = tensor.source?.kind === 'file' ? placed(tensor.source) : undefined;
  if (place !== undefined && tensor.source?.kind === 'file') {
    const { source: { length } } = tensor;
    proto.dataLocation = 1;
    proto.externalData = Object.entries({ ...place, length }).map(([key, value]) => ({ key, value: String(value) }));
  } else if (tensor.dtype === 'string') {
    const encoder = new TextEncoder();
    proto.stringData = Array.from(tensor.data as readonly string[], (text) => encoder.encode(text));
  } else {
    proto.rawData = bytesOf(tensor);
  }
  return proto;
}

/** The bytes of a numeric tensor as the file has them; a view, not a copy. */
export function bytesOf(tensor: Tensor): Uint8Array {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) throw new Error('unreachable: this processor is not little-endian');
  const { buffer, byteOffset, byteLength } = tensor.data as Exclude<Tensor['data'], readonly string[]>;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
