import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { packageFolder } from '../neuron-atlas.fixture.js';
import type { Outcome } from './outcome.js';
import { countsOf, planFile } from './plan.js';
import { runFuzz } from './run-fuzz.js';
import { readSeeds } from './seeds.js';

/** NEURON_ATLAS_FUZZ_FILES=10000, or 4000-5000 for some of them. */
const [first, last] = (process.env['NEURON_ATLAS_FUZZ_FILES'] ?? '1000').split('-').map(Number) as [number, number | undefined];
const [start, end] = last === undefined ? [0, first] : [first, last];
const seeds = await readSeeds(join(packageFolder, '../../bench/oracle/vectors'));

describe('mutated files', () => {
  it('are the same files every time, of every class', async () => {
    const again = await readSeeds(join(packageFolder, '../../bench/oracle/vectors'));
    for (let index = 0; index < 40; index++) expect(planFile(index, again).files).toEqual(planFile(index, seeds).files);
    const classes = readdirSync(join(packageFolder, 'src/fuzz/mutations')).filter((name) => name !== 'index.ts').map((name) => name.replace('.ts', ''));
    expect(Object.keys(countsOf(1000)).sort()).toEqual(classes.sort());
  });

  it(`files ${start} to ${end}: each gives an error of the catalogue or a correct result, within 2 GiB and 10 s`, async () => {
    const [found, counts]: [string[], Record<string, number>] = [[], {}];
    const count = (what: string): void => { counts[what] = (counts[what] ?? 0) + 1; };
    const tally = (outcome: Outcome): void => {
      if (outcome.kind === 'refused') return count(`refused: ${outcome.code}`);
      if (outcome.kind === 'finding') return count(`found: ${outcome.what}`);
      count('taken');
      for (const what of ['program', 'gradient', 'forward'] as const) count(`taken, ${what}: ${outcome[what].replace(/:.*/s, '')}`);
    };
    const folder = await runFuzz({
      seeds, start, end, child: join(packageFolder, 'dist/fuzz/child.js'), workers: Math.min(2, availableParallelism()),
      limits: { memoryBytes: 2 * 2 ** 30, cpuMs: 10_000, wallMs: 120_000 },
      onOutcome: (file, outcome) => {
        tally(outcome);
        if (outcome.kind !== 'finding') return;
        found.push(`${file.name} of ${file.seed}: ${outcome.what}: ${outcome.detail}`);
        console.log(found.at(-1));
      },
    });
    console.log(Object.entries(counts).sort().map(([what, times]) => `${String(times).padStart(6)}  ${what}`).join('\n'));
    if (found.length === 0) await rm(folder, { recursive: true });
    expect(found, `the files lie in ${folder}`).toEqual([]);
    // Both sides of the harness were at work: without it, a child that refuses everything would pass. A few files may all be refused.
    if (end - start < 100) return;
    const taken = counts['taken'] ?? 0;
    expect(taken).toBeGreaterThan((end - start) / 8);
    expect(counts['taken, gradient: agrees'] ?? 0).toBeGreaterThan(taken / 3);
    expect(counts['taken, forward: equal'] ?? 0).toBeGreaterThan(taken / 3);
  });
});
