import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAtlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { seeded } from '@neuron-atlas/testkit';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Command, fileHashes, neuronAtlas, writeSmallSweep } from './small-sweep.fixture.js';

const pictures = 40;
let folder: string;
let undisturbed: Readonly<Record<string, string>>;

/** The small sweep with a data set beside it, in shards of six pictures, and projections. */
async function writeNaturalSweep(home: string): Promise<void> {
  const spec = await writeSmallSweep(home, './atlas', 20);
  const text = await readFile(spec, 'utf8');
  await writeFile(spec, text.replace('views:', 'dataset: { path: ../pictures, shard: 6 }\nquality: { batch: 4 }\nviews:\n  exemplars: { top: 4, bottom: 3, quantiles: 3, batch: 4 }\n  projections: { method: guided, kinds: [top, quantile], batch: 4 }'));
}

/** Everything is killed as soon as the sweep has written something of a kind; then it is run to its end. */
async function killedAt(kind: string): Promise<string> {
  const home = join(folder, `killed-${kind}`);
  await writeNaturalSweep(home);
  const command = new Command(['run', 'sweep.yaml'], home);
  while (!existsSync(join(home, 'atlas', kind))) {
    if (command.child.exitCode !== null) throw new Error(`the sweep ended too early:\n${(await command.ended).stderr}`);
    await sleep(10);
  }
  await command.killAll();
  expect(existsSync(join(home, 'atlas', 'atlas.json'))).toBe(false);
  await runs(`killed-${kind}`);
  return join(home, 'atlas');
}

async function runs(name: string, ...options: string[]): Promise<void> {
  const { code, stderr } = await neuronAtlas(['run', 'sweep.yaml', ...options], join(folder, name));
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-exemplars-'));
  await mkdir(join(folder, 'pictures', 'more'), { recursive: true });
  const random = seeded(9);
  for (let i = 0; i < pictures; i++) {
    const data = Uint8Array.from({ length: 5 * 5 * 3 }, () => Math.floor(random() * 256));
    await sharp(data, { raw: { width: 5, height: 5, channels: 3 } }).resize(20 + (i % 9), 24, { kernel: 'cubic', fit: 'fill' }).png()
      .toFile(join(folder, 'pictures', i % 2 === 0 ? `${i}.png` : `more/${i}.png`));
  }
  await writeFile(join(folder, 'pictures', '7-broken.jpg'), 'cut short');
  await writeNaturalSweep(join(folder, 'undisturbed'));
  await runs('undisturbed');
  undisturbed = await fileHashes(join(folder, 'undisturbed', 'atlas'));
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('neuron-atlas run with a data set', { timeout: 300_000 }, () => {
  it('gives every unit its exemplars, of different pictures, and says what was skipped', async () => {
    const atlas = await openAtlas(await openStore(join(folder, 'undisturbed', 'atlas')));
    expect(atlas.manifest.totals).toMatchObject({ layers: 4, units: 30, pictures: 30, exemplars: 30 * 10, projections: 30 * 7, failed: 0 });
    expect(atlas.manifest.dataset).toMatchObject({ samples: pictures, skipped: 1, projections: { method: 'guided', seed: 'one' } });
    for (const layer of atlas.manifest.layers) {
      for (const { unit, max, samples, naturalMax } of await atlas.units(layer.id)) {
        const rows = await atlas.exemplars(layer.id, unit);
        expect(rows.map(({ kind, rank }) => `${kind} ${rank}`)).toEqual(['top 0', 'top 1', 'top 2', 'top 3', 'bottom 0', 'bottom 1', 'bottom 2', 'quantile 0', 'quantile 1', 'quantile 2']);
        for (const kind of ['top', 'bottom', 'quantile']) expect(new Set(rows.filter((row) => row.kind === kind).map(({ sampleSha256 }) => sampleSha256)).size).toBe(kind === 'top' ? 4 : 3);
        expect(rows[0]!.activation).toBe(max);
        expect({ samples, natural: Number.isFinite(naturalMax) }).toEqual({ samples: pictures, natural: true });
        const projections = await atlas.projections(layer.id, unit);
        const projected = rows.filter(({ kind }) => kind !== 'bottom');
        expect(projections.map(({ kind, rank, box, width, height }) => ({ kind, rank, box, width, height }))).toEqual(projected.map(({ kind, rank, box, width, height }) => ({ kind, rank, box, width, height })));
        for (const { image, width, height } of [...rows, ...projections]) {
          const found = await sharp(image!).metadata();
          expect({ width: found.width, height: found.height }).toEqual({ width, height });
        }
      }
    }
    expect((await atlas.verify()).problems).toEqual([]);
  });

  it('says of every unit and picture what it is worth', async () => {
    const atlas = await openAtlas(await openStore(join(folder, 'undisturbed', 'atlas')));
    for (const { id, units } of atlas.manifest.layers) {
      for (const { interpretability, distinctness, viewQuality, pictureQuality, bestScores, naturalMax } of await atlas.units(id)) {
        for (const share of [interpretability, distinctness, viewQuality![0]!.explains, viewQuality![0]!.distinguishes]) {
          expect(share! >= 0 && share! <= 1).toBe(true);
          expect(20 * share! * 2).toBeCloseTo(Math.round(20 * share! * 2), 4);
        }
        const [{ view, seed, activation, overNatural, rank, rankOf, spectrumDistance }] = pictureQuality as [NonNullable<typeof pictureQuality>[number]];
        expect({ view, seed, pictures: pictureQuality!.length }).toEqual({ view: 0, seed: 0, pictures: 1 });
        // The score is of the picture before it was rounded to 8 bits: each pixel moved by half a step of 256 at most.
        expect(Math.abs(activation - bestScores[0]!.score)).toBeLessThan(0.05 * Math.max(1, Math.abs(activation)));
        if (naturalMax! > 0) expect(overNatural! / (activation / naturalMax!)).toBeCloseTo(1, 5);
        if (rank !== null) expect(rank >= 1 && rank <= rankOf! && rankOf! <= units).toBe(true);
        expect(Number.isFinite(spectrumDistance)).toBe(true);
      }
    }
  });

  it.each([2, 3])('makes the same bytes with %i agents', async (agents) => {
    await writeNaturalSweep(join(folder, `agents-${agents}`));
    await runs(`agents-${agents}`, '--agents', String(agents));
    expect(await fileHashes(join(folder, `agents-${agents}`, 'atlas'))).toEqual(undisturbed);
  });

  it('projects what excites a unit: mid-grey but for what the picture has of it', async () => {
    const atlas = await openAtlas(await openStore(join(folder, 'undisturbed', 'atlas')));
    let moved = 0;
    for (const { image } of (await Promise.all(Array.from({ length: 8 }, (_, unit) => atlas.projections('one', unit)))).flat()) {
      const { channels } = await sharp(image!).stats();
      if (channels.some(({ min, max }) => min === 0 || max === 255)) moved++;
    }
    // A first convolution's projection is its kernel: every one of them reaches the end of the scale.
    expect(moved).toBe(8 * 7);
  });

  it.each(['partials', 'projections'])('resumes to the same bytes after everything was killed when there were %s', async (kind) => {
    expect(await fileHashes(await killedAt(kind))).toEqual(undisturbed);
  });
});
