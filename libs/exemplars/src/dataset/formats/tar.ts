import type { SampleSource } from '../dataset.js';
import { defineFormat, type Listing } from '../dataset-format.js';
import { errors } from '../../errors.js';
import { openParts, writeParts, type Parts } from '../parts.js';
import { readAhead } from '../read-ahead.js';
import { tarMembers } from '../tar/tar-members.js';
import { tarSamples, type TarSample } from '../tar/tar-samples.js';

interface Shards extends Parts {
  readonly shards: readonly { readonly key: string; readonly bytes: number }[];
}

/** A sample in the list: number of its shard, name, place, label, fault. */
type Entry = readonly [shard: number, name: string, offset: number, bytes: number, label?: string | null, fault?: TarSample['fault']];

/** Samples that lie together are fetched together, up to so many bytes. */
const windowBytes = 4 << 20;

/**
 * WebDataset: tar archives, each picture in them a sample under `shard/name`; the list says at which byte each lies.
 *
 * A second member of one name, and what an archive that is cut short no longer holds, are samples that cannot be read.
 */
export const tar = defineFormat<Shards>({
  name: 'tar',
  owns: /\.tar$/i,
  async list(keys, listing) {
    const shards: { key: string; bytes: number }[] = [];
    const parts = await writeParts(entries(keys, listing, shards), listing.put);
    return { ...parts, shards };
  },
  open(list, { source, load }) {
    const entryOf = openParts<Entry>(list, load);
    const unchanged = new Map<number, Promise<void>>();
    const check = (shard: number, signal: AbortSignal | undefined): Promise<void> => {
      const { key, bytes } = list.shards[shard]!;
      const known = unchanged.get(shard);
      if (known !== undefined) return known;
      const checked = source.stat(key, signal).then((found) => {
        if (found !== undefined && found.bytes !== bytes) throw errors.shardChanged({ shard: key, bytes, found: found.bytes });
      });
      checked.catch(() => unchanged.delete(shard));
      unchanged.set(shard, checked);
      if (unchanged.size > 16) unchanged.delete(unchanged.keys().next().value!);
      return checked;
    };
    const sampleOf = ([shard, name, , , label, fault]: Entry, item: number, content: (signal: AbortSignal | undefined) => Promise<Uint8Array>): SampleSource => {
      const { key } = list.shards[shard]!;
      const id = name === '' ? key : `${key}/${name}`;
      return {
        id, item,
        async read(signal) {
          if (fault === 'twice') throw errors.sampleTwice({ id });
          if (fault != null) throw errors.badShard({ shard: key, problem: fault.damage });
          return content(signal);
        },
        label: async () => label ?? undefined,
      };
    };
    const fetch = async (shard: number, start: number, end: number, signal: AbortSignal | undefined): Promise<Uint8Array> => {
      await check(shard, signal);
      const content = await source.get(list.shards[shard]!.key, { start, end }, signal);
      if (content.length !== end - start) throw errors.shardChanged({ shard: list.shards[shard]!.key, bytes: end, found: start + content.length });
      return content;
    };
    return {
      samples: list.samples,
      async at(item, signal) {
        const entry = await entryOf(item, signal);
        const [shard, , offset, bytes] = entry;
        return sampleOf(entry, item, (reading) => fetch(shard, offset, offset + bytes, reading));
      },
      async *range(start, end, signal) {
        const last = Math.min(end, list.samples);
        for (let item = start; item < last;) {
          const together: Entry[] = [await entryOf(item, signal)];
          const [shard, , from] = together[0]!;
          let to = from + together[0]![3];
          for (let next = item + 1; next < last; next++) {
            const entry = await entryOf(next, signal);
            const ends = entry[2] + entry[3];
            if (entry[0] !== shard || entry[5] != null || together[0]![5] != null || entry[2] < from || ends - from > windowBytes) break;
            together.push(entry);
            to = Math.max(to, ends);
          }
          let window: Promise<Uint8Array> | undefined;
          for (const [i, entry] of together.entries()) {
            yield sampleOf(entry, item + i, async (reading) => {
              window ??= fetch(shard, from, to, reading ?? signal);
              return (await window).subarray(entry[2] - from, entry[2] - from + entry[3]);
            });
          }
          item += together.length;
        }
      },
    };
  },
});

async function* entries(keys: AsyncIterable<string>, { source, options, signal }: Listing, shards: { key: string; bytes: number }[]): AsyncGenerator<Entry, void, undefined> {
  for await (const key of keys) {
    const bytes = (await source.stat(key, signal))?.bytes;
    if (bytes === undefined) continue;   // gone between the listing and now
    const read = readAhead((start, end) => source.get(key, { start, end }, signal), bytes);
    const shard = shards.push({ key, bytes }) - 1;
    for await (const { name, offset, bytes: size, label, fault } of tarSamples(tarMembers(read, bytes), read, options)) {
      yield fault !== undefined ? [shard, name, offset, size, label ?? null, fault] : label !== undefined ? [shard, name, offset, size, label] : [shard, name, offset, size];
    }
  }
}
