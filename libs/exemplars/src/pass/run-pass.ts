import { describe, isAtlasError } from '@neuron-atlas/errors';
import type { SampleSource } from '../dataset/dataset.js';
import type { LayerTally } from './layer-tally.js';
import type { ResponseReader } from './response-graph.js';
import type { SampleRef } from './sample-ref.js';

/** A sample that was not used, and why. */
export interface Skipped {
  readonly sampleId: string;
  readonly code: string;
  readonly reason: string;
}

export interface Pass {
  readonly reader: ResponseReader;
  /** One for each layer of the reader. */
  readonly tallies: readonly LayerTally[];
  readonly samples: AsyncIterable<SampleSource>;
  /** Turns a file's content into a row of the model's input; throws a catalogued error where it cannot. */
  readonly decode: (content: Uint8Array, id: string, row: Float32Array) => Promise<void>;
  readonly sha256: (content: Uint8Array) => string;
  /** Values of one picture: C · H · W. */
  readonly rowLength: number;
  readonly onProgress?: (done: number) => void;
  readonly signal: AbortSignal;
}

interface Batch { readonly pictures: Float32Array; readonly refs: readonly SampleRef[] }

/**
 * Every sample through the network once, every layer's tally up to date: what cannot be read is skipped and named.
 *
 * While a batch is in the network the next one is read and decoded, on the threads that those have.
 */
export async function runPass(pass: Pass): Promise<readonly Skipped[]> {
  const { reader, tallies, signal } = pass;
  const skipped: Skipped[] = [];
  const told = new Responses(reader.units, tallies);
  const iterator = pass.samples[Symbol.asyncIterator]();
  let done = 0;
  let next = nextBatch(pass, iterator, skipped);
  for (;;) {
    const batch = await next;
    if (batch === undefined) {
      told.tally();
      return skipped;
    }
    next = nextBatch(pass, iterator, skipped);
    next.catch(() => undefined); // looked at in the next round
    await new Promise((resolve) => { setImmediate(resolve); }); // the run holds this thread: reads must be on their way before it
    told.add(batch.refs, await reader.read(batch.pictures));
    done += batch.refs.length;
    pass.onProgress?.(done);
    signal.throwIfAborted();
  }
}

/** Pictures whose responses are tallied together: unit by unit, so that a unit's tables are fetched from memory once for all of them. */
const tallied = 64;

class Responses {
  readonly #units: number;
  readonly #tallies: readonly LayerTally[];
  readonly #values: Float32Array;
  #refs: SampleRef[] = [];

  constructor(units: number, tallies: readonly LayerTally[]) {
    this.#units = units;
    this.#tallies = tallies;
    this.#values = new Float32Array(tallied * units);
  }

  /** `values`: f32[pictures, units], rows beyond those of `refs` are not read. */
  add(refs: readonly SampleRef[], values: Float32Array): void {
    refs.forEach((ref, row) => {
      this.#values.set(values.subarray(row * this.#units, (row + 1) * this.#units), this.#refs.length * this.#units);
      if (this.#refs.push(ref) === tallied) this.tally();
    });
  }

  /** Those that wait. */
  tally(): void {
    let first = 0;
    for (const tally of this.#tallies) {
      tally.addBatch(this.#refs, this.#values, first, this.#units);
      first += tally.size.units;
    }
    this.#refs = [];
  }
}

async function nextBatch({ reader, rowLength, decode, sha256, signal }: Pass, samples: AsyncIterator<SampleSource>, skipped: Skipped[]): Promise<Batch | undefined> {
  const pictures = new Float32Array(reader.batch * rowLength);
  const refs: SampleRef[] = [];
  let ended = false;
  while (refs.length < reader.batch && !ended) {
    const wanted: SampleSource[] = [];
    while (wanted.length < reader.batch - refs.length) {
      const { value, done } = await samples.next();
      if (done === true) {
        ended = true;
        break;
      }
      wanted.push(value);
    }
    const rows = await Promise.all(wanted.map(async (sample): Promise<{ readonly row: Float32Array; readonly ref: SampleRef } | Skipped> => {
      const row = new Float32Array(rowLength);
      try {
        const content = await sample.read(signal);
        await decode(content, sample.id, row);
        const label = await sample.label(signal);
        return { row, ref: { id: sample.id, sha256: sha256(content), item: sample.item, ...(label === undefined ? {} : { label }) } };
      } catch (error) {
        signal.throwIfAborted();
        if (!isSampleFault(error)) throw error;
        return { sampleId: sample.id, code: (error as { readonly code: string }).code, reason: describe(error) };
      }
    }));
    for (const found of rows) {
      if ('row' in found) {
        pictures.set(found.row, refs.length * rowLength);
        refs.push(found.ref);
      } else skipped.push(found);
    }
  }
  return refs.length === 0 ? undefined : { pictures, refs };
}

/** A picture that is broken, gone or there twice is the sample's fault; a store that does not answer is not. */
const sampleFaults: ReadonlySet<string> = new Set(['EXEMPLARS_BAD_PICTURE', 'EXEMPLARS_BAD_SHARD', 'EXEMPLARS_SHARD_CHANGED', 'EXEMPLARS_SAMPLE_TWICE', 'BLOBS_NOT_FOUND']);
const isSampleFault = (error: unknown): boolean => isAtlasError(error) && sampleFaults.has(error.code);
