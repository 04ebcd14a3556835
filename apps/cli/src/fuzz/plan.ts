import { randomStream } from '@neuron-atlas/synthesis';
import { drawsFrom, type ModelFiles, type Mutation } from './mutation.js';
import * as mutations from './mutations/index.js';
import type { Seed } from './seeds.js';

/** All draws come from it: the same number, the same files. */
export const baseSeed = 20_261_125;

/** Shares of the classes that have more than one: those in which most has been found. */
const shares: Readonly<Record<string, number>> = { 'bytes-changed': 2, 'frame-bytes-changed': 3, 'operators-swapped': 2, 'attributes-extreme': 2, 'inputs-rewired': 2, 'dims-huge': 2 };

const turns: readonly Mutation[] = Object.values(mutations).flatMap((mutation) => Array.from({ length: shares[mutation.name] ?? 1 }, () => mutation));

export interface PlannedFile {
  /** `class#number`: with the base seed it says which file this is. */
  readonly name: string;
  readonly seed: string;
  readonly files: ModelFiles;
}

/** The classes take turns: file `index` is always the same, however many there are in all. */
export function planFile(index: number, seeds: readonly Seed[]): PlannedFile {
  const mutation = turns[index % turns.length]!;
  const draw = drawsFrom(randomStream(baseSeed, `fuzz/${mutation.name}/${index}`));
  const seed = draw.of(seeds);
  let files: ModelFiles = mutation.mutate(seed, draw);
  // One in five is wrong in two ways.
  if (draw.below(5) === 0) {
    const second = draw.of(turns);
    try {
      files = second.mutate(files, draw);
    } catch { /* the file is not one that can be decoded any more: one wrong thing is enough */ }
  }
  return { name: `${mutation.name}#${index}`, seed: seed.name, files };
}

/** How many files of each class there are among the first so many. */
export function countsOf(total: number): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < total; i++) { const { name } = turns[i % turns.length]!; counts[name] = (counts[name] ?? 0) + 1; }
  return counts;
}
