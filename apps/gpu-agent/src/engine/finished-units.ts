import { readSynthesis, type PublishObject, type SynthesisRow } from '@neuron-atlas/atlas';
import type { BlobStore } from '@neuron-atlas/blobs';
import { sha256 } from './content-cache.js';

/**
 * Rows of checkpoints that count here, by unit and seed: those that this program would make byte for byte, as `same` tells of each.
 *
 * A checkpoint saves time and decides nothing: one that is gone, damaged or of another program is passed over, and its units are made again.
 */
export async function finishedUnits(store: BlobStore, objects: readonly PublishObject[], same: (row: SynthesisRow) => boolean, signal: AbortSignal): Promise<FinishedUnits> {
  const rows = new Map<string, SynthesisRow>();
  for (const object of objects) {
    for (const row of await rowsOf(store, object, signal)) if (same(row)) rows.set(nameOf(row.unit, row.seed), row);
  }
  return { of: (units, seeds) => {
    const found = units.flatMap((unit) => seeds.map((seed) => rows.get(nameOf(unit, seed))));
    return found.every((row) => row !== undefined) ? found : undefined;
  } };
}

export interface FinishedUnits {
  /** All rows of some units, or nothing where one is missing. */
  of(units: readonly number[], seeds: readonly number[]): readonly SynthesisRow[] | undefined;
}

const nameOf = (unit: number, seed: number): string => `${unit} ${seed}`;

async function rowsOf(store: BlobStore, { key, sha256: expected }: PublishObject, signal: AbortSignal): Promise<readonly SynthesisRow[]> {
  try {
    const content = await store.get(key, undefined, signal);
    return sha256(content) === expected ? await readSynthesis(key, content) : [];
  } catch {
    signal.throwIfAborted();
    return []; // of no use, whatever the reason: a store that is away is told of by the next that is read or written
  }
}
