import { intOr, transposeGeometry } from '@neuron-atlas/onnx';
import { groupReads, same } from '../reads.js';
import { defineField } from '../rule.js';
import type { Reads } from '../span.js';

export const convTranspose = defineField({
  ops: ['ConvTranspose'],
  steps: ({ attrs, input, output }, index) => {
    if (index !== 0) return undefined;
    const [x, w, y] = [input(0), input(1), output(0)];
    const { kernel, strides, dilations, pads } = transposeGeometry(attrs, x.slice(2), y.slice(2), w.slice(2));
    return [[same(0), groupReads(x[1]!, y[1]!, intOr(attrs, 'group', 1)), ...kernel.map((taps, i): Reads =>
      spread(i + 2, x[i + 2]!, y[i + 2]!, { taps, stride: strides[i]!, dilation: dilations[i]!, begin: pads[i]! }))]];
  },
});

/** Place p reads element i where i · stride − begin + k · dilation = p for some tap k. */
function spread(to: number, size: number, length: number, { taps, stride, dilation, begin }: { readonly taps: number; readonly stride: number; readonly dilation: number; readonly begin: number }): Reads {
  const places = (p: number): readonly number[] => {
    const seen: number[] = [];
    for (let k = 0; k < taps; k++) {
      const at = (p + begin - k * dilation) / stride;
      if (Number.isInteger(at) && at >= 0 && at < size) seen.push(at);
    }
    return seen;
  };
  const reach = dilation * (taps - 1);
  return { kind: 'places', to, length, places, line: stride === 1 ? { stride: 1, first: begin - reach, reach } : undefined };
}
