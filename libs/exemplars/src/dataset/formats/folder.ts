import type { SampleSource } from '../dataset.js';
import { defineFormat } from '../dataset-format.js';
import { openParts, writeParts, type Parts } from '../parts.js';
import { pictureFile } from '../picture-file.js';

/** Pictures in a folder and the folders below it: a file is a sample, its key the id, the name of its folder the label. */
export const folder = defineFormat<Parts>({
  name: 'folder',
  owns: pictureFile,
  list: (keys, { put }) => writeParts(keys, put),
  open(list, { source, load }) {
    const keyOf = openParts<string>(list, load);
    const at = async (item: number, signal?: AbortSignal): Promise<SampleSource> => {
      const id = await keyOf(item, signal);
      return { id, item, read: (reading) => source.get(id, undefined, reading), label: async () => id.split('/').at(-2) };
    };
    return {
      samples: list.samples, at,
      async *range(start, end, signal) {
        for (let item = start; item < Math.min(end, list.samples); item++) yield at(item, signal);
      },
    };
  },
});
