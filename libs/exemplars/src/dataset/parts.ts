import type { Listing, Opening } from './dataset-format.js';

/** A list of samples in parts of equal length. */
export interface Parts {
  readonly samples: number;
  /** Samples in a part, but for the last. */
  readonly chunk: number;
  /** sha256 of each part. */
  readonly chunks: readonly string[];
}

/** Samples in a part: what is held of a list at one time, and what a range costs to open. */
const partSamples = 4096;

/** Writes samples into parts, one part held at a time. */
export async function writeParts<T>(samples: AsyncIterable<T>, put: Listing['put']): Promise<Parts> {
  const chunks: string[] = [];
  let [part, count]: [T[], number] = [[], 0];
  for await (const sample of samples) {
    part.push(sample);
    count++;
    if (part.length < partSamples) continue;
    chunks.push(await put(part));
    part = [];
  }
  if (part.length > 0) chunks.push(await put(part));
  return { samples: count, chunk: partSamples, chunks };
}

/** Reads samples by number; the part that was read last is kept. */
export function openParts<T>({ chunk, chunks }: Parts, load: Opening['load']): (item: number, signal?: AbortSignal) => Promise<T> {
  let last: { readonly number: number; readonly part: Promise<readonly T[]> } | undefined;
  return async (item, signal) => {
    const number = Math.floor(item / chunk);
    if (last?.number !== number) {
      const part = load<readonly T[]>(chunks[number]!, signal);
      part.catch(() => { last = undefined; });
      last = { number, part };
    }
    return (await last.part)[item % chunk]!;
  };
}
