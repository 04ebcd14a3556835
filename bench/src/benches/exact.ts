import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import type { OracleCase } from '../compare-gradient.js';
import { median } from '../median.js';
import { writeExact } from '../write-exact.js';

/** In float64 nothing but the order of sums may differ. */
const tolerance = 1e-9;
const columns = ['exact', 'file', 'own', 'read', 'moved', 'kept', 'torch', 'flipped', 'torchFlipped', 'comparisons'] as const;
const counts: ReadonlySet<string> = new Set(['flipped', 'torchFlipped', 'comparisons']);

/**
 * Whether the gradient graphs themselves are right, apart from float32: run in float64 by bench/oracle/exact.py (with the Python
 * given), they are compared with autograd; and what float32 makes of them is traced to its forward values. Medians over the pictures.
 */
export async function exact([folder, python, ...names]: readonly string[]): Promise<void> {
  if (folder === undefined || python === undefined) throw new Error('usage: npm run bench -- exact FOLDER PYTHON [NAME …]');
  const runtime = await createNodeRuntime({ provider: 'cpu' });
  const script = fileURLToPath(new URL('../../oracle/exact.py', import.meta.url));
  console.log(`exact at most ${tolerance} on every picture\n${['network'.padEnd(28), ...columns.map((column) => column.padStart(12))].join(' ')}`);
  let [cases, right] = [0, 0];
  for (const name of (await readdir(folder)).sort()) {
    if (names.length > 0 && !names.some((wanted) => name.startsWith(wanted))) continue;
    cases++;
    const work = await mkdtemp(join(tmpdir(), 'neuron-atlas-exact-'));
    try {
      await writeExact(join(folder, name), work, JSON.parse(await readFile(join(folder, name, 'case.json'), 'utf8')) as OracleCase, runtime);
      const { status, stdout, stderr } = spawnSync(python, [script, join(folder, name), work], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1) ?? '');
      const found = JSON.parse(stdout.trim().split('\n').at(-1)!) as Readonly<Record<(typeof columns)[number], readonly number[]>>;
      const agrees = Math.max(...found.exact) <= tolerance;
      if (agrees) right++;
      console.log([name.padEnd(28), ...columns.map((column) => (counts.has(column) ? String(median(found[column])) : median(found[column]).toExponential(1)).padStart(12)), agrees ? '' : '  NOT EXACT'].join(' '));
    } catch (cause) {
      console.log(`${name.padEnd(28)} ${String(cause).split('\n')[0]!.slice(0, 300)}`);
    } finally {
      await rm(work, { recursive: true });
    }
  }
  console.log(`${right} of ${cases} are exact`);
  if (right < cases) process.exitCode = 1;
}
