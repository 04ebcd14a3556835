import { defineMutation } from '../mutation.js';

export const fileCut = defineMutation({
  name: 'file-cut',
  summary: 'The end is cut off, a piece taken out, put in twice or emptied, or rubbish added.',
  mutate: (files, draw) => {
    const { bytes } = files;
    const from = draw.below(bytes.length);
    const to = Math.min(bytes.length, from + draw.between(1, 200));
    const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
      const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
      parts.reduce((at, part) => { whole.set(part, at); return at + part.length; }, 0);
      return whole;
    };
    switch (draw.below(5)) {
      case 0: return { ...files, bytes: bytes.slice(0, from) };
      case 1: return { ...files, bytes: joined(bytes.subarray(0, from), bytes.subarray(to)) };
      case 2: return { ...files, bytes: joined(bytes.subarray(0, to), bytes.subarray(from)) };
      case 3: return { ...files, bytes: joined(bytes.subarray(0, from), new Uint8Array(to - from), bytes.subarray(to)) };
      default: return { ...files, bytes: joined(bytes, Uint8Array.from({ length: draw.between(1, 64) }, () => draw.below(256))) };
    }
  },
});
