import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAtlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { seeded } from '@neuron-atlas/testkit';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neuronAtlas, type Ended } from '../e2e/small-sweep.fixture.js';
import { denseLayers, side, wide, writeLargeNetwork } from './large-network.fixture.js';

const noRoom = freemem() < 12e9 ? `: left out, ${Math.round(freemem() / 1e9)} GB of memory are free, 12 are needed` : '';
const mebibyte = 2 ** 20;
/** What the statistics of exemplars hold for each unit of a layer, whatever its weights. */
const sketchBytes = 3 * 2048 * 8;
const never = new AbortController().signal;

let folder = '';
let network: Awaited<ReturnType<typeof writeLargeNetwork>>;

/** In every process of a command: writes down the most that JavaScript held, buffers outside of its heap among it. */
const watching = `
import { writeFileSync } from 'node:fs';
let most = 0;
const look = () => { const { heapTotal, external } = process.memoryUsage(); most = Math.max(most, heapTotal + external); };
const tell = () => writeFileSync(process.env.WATCH_FOLDER + '/' + process.pid, most + ' ' + process.resourceUsage().maxRSS * 1024 + ' ' + process.argv.slice(1).join(' '));
setInterval(look, 10).unref();
setInterval(tell, 300).unref(); // engines are ended by a signal
process.on('exit', () => { look(); tell(); });
`;

/** A command, and what JavaScript held at most in the largest of its processes. */
async function watched(args: readonly string[], name: string): Promise<Ended & { readonly jsBytes: number; readonly processes: readonly string[] }> {
  const into = join(folder, `watch-${name}`);
  await mkdir(into);
  const ended = await neuronAtlas(args, folder, { NODE_OPTIONS: `--import ${join(folder, 'watch.mjs')}`, WATCH_FOLDER: into, XDG_CACHE_HOME: join(folder, 'cache') });
  const lines = await Promise.all((await readdir(into)).map(async (pid) => readFile(join(into, pid), 'utf8')));
  if (process.env['NEURON_ATLAS_LARGE_TELL'] !== undefined) console.log(name, lines.map((line) => line.replace(/(\d+) (\d+) /, (_, js, rss) => `js ${Math.round(js / 1e6)} MB, all ${Math.round(rss / 1e6)} MB: `)));
  return { ...ended, processes: lines.map((line) => line.split(' ')[2]!), jsBytes: Math.max(...lines.map((line) => Number(line.split(' ')[0]))) };
}

describe.skipIf(noRoom !== '')(`a model of 2.4 GB${noRoom}`, () => {
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'large-')));
    network = await writeLargeNetwork(folder);
    await writeFile(join(folder, 'watch.mjs'), watching);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is read and named for some megabytes of memory', async () => {
    expect(network.dataBytes).toBeGreaterThan(2 ** 31);
    let most = 0;
    const before = process.memoryUsage().rss;
    const clock = setInterval(() => { most = Math.max(most, process.memoryUsage().rss - before); }, 5);
    const { data, bytes } = await loadModelFile(network.path);
    clearInterval(clock);
    if (process.env['NEURON_ATLAS_LARGE_TELL'] !== undefined) console.log(`read: ${Math.round(most / 1e6)} MB more`);
    expect(data!.sizeBytes).toBe(network.dataBytes);
    expect(bytes.length).toBeLessThan(10_000);
    expect(most).toBeLessThan(300 * mebibyte);
  });

  it('is inspected', async () => {
    const { code, stdout, stderr, jsBytes } = await watched(['inspect', 'large.onnx', '--json'], 'inspect');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const { bytes, parameters, layers } = JSON.parse(stdout) as { readonly bytes: number; readonly parameters: number; readonly layers: readonly { readonly id: string; readonly units: number }[] };
    expect(layers.map(({ units }) => units)).toEqual([48, ...Array.from({ length: denseLayers }, () => wide)]);
    expect(bytes).toBeGreaterThan(network.dataBytes);
    expect(parameters).toBeGreaterThan(denseLayers * wide ** 2);
    expect(jsBytes).toBeLessThan(400 * mebibyte);
  });

  it('has gradients that agree with a difference in every layer', async () => {
    const { code, stdout, stderr, jsBytes } = await watched(['gradcheck', 'large.onnx', '--json'], 'gradcheck');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const { layers } = JSON.parse(stdout) as { readonly layers: readonly { readonly verdict: string }[] };
    expect(layers.map(({ verdict }) => verdict)).toEqual(Array.from({ length: denseLayers + 1 }, () => 'agrees'));
    expect(jsBytes).toBeLessThan(400 * mebibyte);
  });

  it('is swept: exemplars, projections and pictures of its last layer, the model in two files beside them, programs without weights', async () => {
    await mkdir(join(folder, 'pictures'));
    const random = seeded(4);
    for (let i = 0; i < 6; i++) {
      await sharp(Uint8Array.from({ length: side * side * 3 }, () => Math.floor(random() * 256)), { raw: { width: side, height: side, channels: 3 } }).png().toFile(join(folder, 'pictures', `${i}.png`));
    }
    await writeFile(join(folder, 'sweep.yaml'), [
      'name: large', 'model:', '  path: large.onnx', '  preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }',
      'units: { layers: [dense4], channels: "0-3" }',
      'dataset: { path: pictures }',
      'views:', '  exemplars: { top: 2, bottom: 1, quantiles: 1, batch: 2 }', '  projections: { method: guided, kinds: [top], batch: 2 }', '  synthesis:', `    - { prior: pixels, objective: channel, steps: 8, size: ${side}, batch: 4 }`, 'output: atlas', '',
    ].join('\n'));
    const { code, stderr, jsBytes, processes } = await watched(['run', 'sweep.yaml', '--provider', 'cpu'], 'run');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(processes.some((name) => name.endsWith('engine/main.js'))).toBe(true);
    expect(jsBytes).toBeLessThan(400 * mebibyte + wide * sketchBytes);

    const atlas = await openAtlas(await openStore(join(folder, 'atlas')), {}, never);
    const rows = await Promise.all([0, 1, 2, 3].map(async (unit) => (await atlas.synthesis(atlas.manifest.layers[0]!.id, unit, never))[0]!));
    expect(atlas.manifest.totals).toMatchObject({ units: 4, pictures: 4, exemplars: 16, projections: 8, failed: 0 });
    for (const { score, scoreStart } of rows) expect(score).toBeGreaterThan(scoreStart!);
    const sizes = new Map(await Promise.all((await readdir(join(folder, 'atlas', 'model'))).map(async (name) => [name.split('.')[1], (await stat(join(folder, 'atlas', 'model', name))).size] as const)));
    expect(sizes.get('data')).toBe(network.dataBytes);
    expect(sizes.get('onnx')).toBeLessThan(10_000);
    const programs = (await readdir(folder, { recursive: true })).filter((name) => /programs\/[^/]+\.onnx$/.test(name));
    expect(programs.length).toBeGreaterThan(0);
    for (const name of programs) expect((await stat(join(folder, name))).size).toBeLessThan(5 * mebibyte);
  });
});
