import { defineMutation } from '../mutation.js';

export const bytesChanged = defineMutation({
  name: 'bytes-changed',
  summary: 'One to eight bytes anywhere in the file get another value.',
  mutate: (files, draw) => {
    const bytes = Uint8Array.from(files.bytes);
    for (let left = draw.between(1, 8); left > 0; left--) bytes[draw.below(bytes.length)] = draw.below(256);
    return { ...files, bytes };
  },
});
