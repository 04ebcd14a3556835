import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAtlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { parquetOf, seeded, tarOf, writeFiles } from '@neuron-atlas/testkit';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Command, fileHashes, neuronAtlas, writeSmallSweep } from './small-sweep.fixture.js';

const pictures = 36;
const kinds = ['tars', 'parquet'] as const;
let folder: string;

/** The small sweep over one of the data sets, in shards of five pictures that cut through its files. */
async function writeSweep(name: string, kind: (typeof kinds)[number]): Promise<string> {
  const home = join(folder, name);
  const spec = await writeSmallSweep(home, './atlas', 10);
  const text = await readFile(spec, 'utf8');
  await writeFile(spec, text.replace('views:', `dataset: { path: ../${kind}, shard: 5 }\nviews:\n  exemplars: { top: 4, bottom: 3, quantiles: 3, batch: 4 }\n  projections: { method: guided, kinds: [top], batch: 4 }`));
  return home;
}

async function run(home: string, ...options: string[]): Promise<Readonly<Record<string, string>>> {
  const { code, stderr } = await neuronAtlas(['run', 'sweep.yaml', ...options], home);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return fileHashes(join(home, 'atlas'));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-datasets-'));
  const random = seeded(11);
  const files = await Promise.all(Array.from({ length: pictures }, async () => {
    const data = Uint8Array.from({ length: 5 * 5 * 3 }, () => Math.floor(random() * 256));
    return new Uint8Array(await sharp(data, { raw: { width: 5, height: 5, channels: 3 } }).resize(24, 24, { kernel: 'cubic' }).png().toBuffer());
  }));
  const members = files.flatMap((data, i) => [[`${i}.cls`, `class ${i % 4}`], [`${i}.png`, data]] as const);
  const [first, second] = [files.slice(0, 14), files.slice(14)];
  await writeFiles(join(folder, 'tars'), { '0.tar': tarOf(members.slice(0, 30)), '1.tar': tarOf(members.slice(30)) });
  await writeFiles(join(folder, 'parquet'), { '0.parquet': parquetOf(first, { labels: first.map((_, i) => i % 4) }), '1.parquet': parquetOf(second, { labels: second.map((_, i) => i % 4) }) });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(kinds)('a sweep over %s', (kind) => {
  let undisturbed: Readonly<Record<string, string>>;
  beforeAll(async () => { undisturbed = await run(await writeSweep(`${kind}-one`, kind)); }, 300_000);

  it('shows every unit its exemplars, with the labels of the data set', async () => {
    const atlas = await openAtlas(await openStore(join(folder, `${kind}-one`, 'atlas')));
    expect(atlas.manifest.totals).toMatchObject({ units: 30, exemplars: 30 * 10, projections: 30 * 4, failed: 0 });
    expect(atlas.manifest.dataset).toMatchObject({ samples: pictures, skipped: 0 });
    for (const { sampleLabel, sampleId } of await atlas.exemplars('two', 3)) {
      expect(sampleLabel).toMatch(kind === 'tars' ? /^class [0-3]$/ : /^[0-3]$/);
      expect(sampleId).toMatch(kind === 'tars' ? /^[01]\.tar\/\d+\.png$/ : /^[01]\.parquet#\d+$/);
    }
  });

  it.each([2, 3])('gives the same bytes with %i agents', async (agents) => {
    expect(await run(await writeSweep(`${kind}-${agents}`, kind), '--agents', String(agents))).toEqual(undisturbed);
  }, 300_000);

  it('gives the same bytes when all was killed in the middle of the pass', async () => {
    const home = await writeSweep(`${kind}-killed`, kind);
    const command = new Command(['run', 'sweep.yaml'], home);
    while (!existsSync(join(home, 'atlas', 'partials'))) {
      if (command.child.exitCode !== null) throw new Error(`the sweep ended too early:\n${(await command.ended).stderr}`);
      await sleep(10);
    }
    await command.killAll();
    expect(existsSync(join(home, 'atlas', 'atlas.json'))).toBe(false);
    expect(await run(home)).toEqual(undisturbed);
  }, 300_000);
});
