import { ModelProto } from '@neuron-atlas/proto/onnx';
import { defineMutation } from '../mutation.js';
import { tensorsOf } from '../places.js';

const locations = ['../secret', '/etc/passwd', 'a/../../secret', 'weights.bin/../../secret', 'C:\\secret', '\\\\host\\share', '', '.', '..', 'a\0b', 'nowhere.bin', 'link.bin', 'file:///etc/passwd', 'x'.repeat(5000), 'sub/', 'model.onnx', '/proc/self/mem', 'weights.bin'];
const numbers = ['0', '-1', '1', '4096', '99999999999999999999', 'abc', '', '0x10', '1e3', '2147483648', 'NaN'];

export const dataOutside = defineMutation({
  name: 'data-outside',
  summary: 'Tensors that lie in another file: outside the folder, through a link, nowhere, at a place that is none.',
  mutate: (files, draw) => {
    const model = ModelProto.decode(files.bytes);
    for (let left = draw.between(1, 2); left > 0; left--) {
      const tensor = draw.of(tensorsOf(model));
      tensor.dataLocation = 1;
      delete tensor.rawData;
      const entry = (key: string, value: string) => ({ key, value });
      tensor.externalData = [
        ...(draw.below(8) === 0 ? [] : [entry('location', draw.of(locations))]),
        ...(draw.below(2) === 0 ? [] : [entry('offset', draw.of(numbers))]),
        ...(draw.below(2) === 0 ? [] : [entry('length', draw.of(numbers))]),
        ...(draw.below(6) === 0 ? [entry('location', 'weights.bin'), entry('checksum', 'abc')] : []),
      ];
    }
    return {
      bytes: ModelProto.encode(model).finish(),
      beside: new Map([['weights.bin', new Uint8Array(draw.below(2) === 0 ? 65_536 : 10)], ...files.beside]),
      links: new Map([['link.bin', '/etc/passwd']]),
    };
  },
});
