import { ModelProto } from '@neuron-atlas/proto/onnx';
import { defineMutation } from '../mutation.js';
import { tensorsOf } from '../places.js';

export const frameBytesChanged = defineMutation({
  name: 'frame-bytes-changed',
  summary: 'One to four bytes of what is not weights get another value, or one bit turned.',
  mutate: (files, draw) => {
    const bytes = Uint8Array.from(files.bytes);
    const weights = tensorsOf(ModelProto.decode(bytes)).flatMap(({ rawData }) => (rawData !== undefined && rawData.length > 64 ? [rawData] : []));
    const isWeight = (at: number): boolean => weights.some(({ byteOffset, length }) => at >= byteOffset && at < byteOffset + length);
    const free = Array.from({ length: bytes.length }, (_, at) => at).filter((at) => !isWeight(at));
    for (let left = draw.between(1, 4); left > 0; left--) {
      const at = draw.of(free);
      bytes[at] = draw.below(2) === 0 ? draw.below(256) : bytes[at]! ^ (1 << draw.below(8));
    }
    return { ...files, bytes };
  },
});
