import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { f32, readModel, writeModel } from '@neuron-atlas/onnx';
import sharp from 'sharp';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const program = join(root, 'apps/cli/bin/neuron-atlas.js');
/** Atlases are made once and kept: a sweep that is complete already takes a second. */
const cache = process.env['E2E_CACHE'] ?? join(root, '.cache/e2e');

const environment = (): NodeJS.ProcessEnv => { const { NEURON_ATLAS_COORDINATOR: _, ...env } = process.env; return env; };

export const neuronAtlas = (...args: readonly string[]): Promise<string> => neuronAtlasIn(cache, ...args);

function neuronAtlasIn(folder: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...args], { cwd: folder, env: environment(), maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`neuron-atlas ${args.join(' ')}: ${stderr}`));
    });
  });
}

/** The demo's atlas, by the demo's command. */
export async function demoAtlas(): Promise<string> {
  await mkdir(cache, { recursive: true });
  await neuronAtlas('demo');
  return join(cache, 'atlas-demo');
}

/** An atlas of the demo network with its second convolution's weights rounded coarsely: what a quantisation does. */
export async function roundedAtlas(): Promise<string> {
  await mkdir(cache, { recursive: true });
  const model = readModel(await readFile(join(root, 'examples/demo/demo.onnx')));
  const initializers = new Map([...model.graph.initializers].map(([name, constant]) => {
    if (constant.dtype !== 'f32' || constant.shape.length !== 4) return [name, constant] as const;
    const largest = (constant.data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return [name, f32(constant.shape, Float32Array.from(constant.data as Float32Array, (value) => (Math.round((value / largest) * 3) / 3) * largest))] as const;
  }));
  await writeFile(join(cache, 'rounded.onnx'), writeModel({ ...model, graph: { ...model.graph, initializers } }));
  await writeFile(join(cache, 'rounded.yaml'), (await readFile(join(root, 'examples/demo/sweep.yaml'), 'utf8'))
    .replace('name: demo', 'name: rounded').replace('demo.onnx', 'rounded.onnx').replace('pictures.tar', join(root, 'examples/demo/pictures.tar')).replaceAll('generator/', join(root, 'examples/demo/generator/')).replace('layers: all', 'layers: ["conv1", "conv2"]').replace('./atlas-demo', './atlas-rounded'));
  await neuronAtlas('run', 'rounded.yaml');
  return join(cache, 'atlas-rounded');
}

/** An atlas of some units of the demo network with a data set: discs, squares and stripes of several colours, in folders of these names. */
export async function naturalAtlas(): Promise<string> {
  const folder = join(cache, 'natural');
  const pictures = join(folder, 'pictures');
  if (!existsSync(pictures)) {
    const drawn = Object.entries(shapes).flatMap(([shape, draw]) => colours.flatMap((colour, c) => Array.from({ length: 10 }, (_, i) => ({ path: join(pictures, `${colour}-${shape}`, `${i}.png`), svg: draw(colour, 3 * i + c) }))));
    for (const { path, svg } of drawn) {
      await mkdir(dirname(path), { recursive: true });
      await sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#8a8f98"/>${svg}</svg>`)).png().toFile(path);
    }
  }
  await writeFile(join(folder, 'sweep.yaml'), demoSpec('natural', 'units: { layers: ["conv2", "conv6"], channels: "0-15" }', { steps: 32, batch: 16 }, [
    'dataset: { path: pictures }', 'quality: {}', 'views:', '  exemplars: { top: 9, bottom: 5, quantiles: 5 }', '  projections: { method: guided }',
  ]));
  await neuronAtlasIn(folder, 'run', 'sweep.yaml');
  return join(folder, 'atlas');
}

const colours = ['red', 'green', 'blue', 'gold'] as const;
const shapes: Readonly<Record<string, (colour: string, i: number) => string>> = {
  disc: (colour, i) => `<circle cx="${20 + (i * 7) % 24}" cy="${22 + (i * 5) % 20}" r="${10 + i % 9}" fill="${colour}"/>`,
  square: (colour, i) => `<rect x="${8 + (i * 5) % 20}" y="${6 + (i * 7) % 24}" width="${18 + i % 12}" height="${18 + i % 12}" fill="${colour}" transform="rotate(${(i * 11) % 40} 32 32)"/>`,
  stripes: (colour, i) => Array.from({ length: 8 }, (_, at) => `<rect x="-20" y="${at * 10 - 8}" width="110" height="${3 + i % 4}" fill="${colour}" transform="rotate(${(i * 17) % 90} 32 32)"/>`).join(''),
};

/** A sweep of the demo network into `atlas` beside the spec. */
function demoSpec(name: string, units: string, { steps, batch }: { readonly steps: number; readonly batch: number }, views: readonly string[] = ['views:']): string {
  return [
    `name: ${name}`, `model: { path: ${JSON.stringify(join(root, 'examples/demo/demo.onnx'))}, preprocess: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } }`, units,
    ...views, '  synthesis:', `    - { prior: fourier, objective: channel, steps: ${steps}, size: 64, learningRate: 0.05, batch: ${batch} }`, 'output: atlas', '',
  ].join('\n');
}

export interface RunningSweep {
  readonly atlas: string;
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  said(): string;
  /** Waits until the atlas can be looked at. */
  untilShown(): Promise<void>;
}

/** A sweep of two layers of the demo network, from nothing, with so many steps a picture. */
export async function startSweep(name: string, steps: number): Promise<RunningSweep> {
  const folder = join(cache, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'sweep.yaml'), demoSpec(name, 'units: { layers: ["conv1", "conv2"] }', { steps, batch: 4 }));
  const child = spawn(process.execPath, [program, 'run', 'sweep.yaml'], { cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  const ended = new Promise<void>((resolve, reject) => { child.once('close', (code) => { if (code === 0) resolve(); else reject(new Error(said)); }); });
  ended.catch(() => undefined);
  const atlas = join(folder, 'atlas');
  return {
    atlas, ended, hasEnded: () => child.exitCode !== null, said: () => said,
    async untilShown() {
      while (!existsSync(join(atlas, 'partial/index.json'))) {
        if (child.exitCode !== null) throw new Error(said);
        await new Promise((resolve) => { setTimeout(resolve, 50); });
      }
    },
  };
}

/** A copy of an atlas to do something to. */
export async function copyOf(atlas: string, name: string): Promise<string> {
  const copy = join(cache, name);
  await rm(copy, { recursive: true, force: true });
  await cp(atlas, copy, { recursive: true });
  return copy;
}

export interface Served { readonly url: string; stop(): Promise<void> }

/** `neuron-atlas view`, as people start it. */
export function serve(...args: readonly string[]): Promise<Served> {
  const child: ChildProcess = spawn(process.execPath, [program, 'view', ...args, '--port', '0', '--json'], { cwd: cache, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): Promise<void> => new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
  return new Promise((resolve, reject) => {
    let [out, err] = ['', ''];
    child.stderr?.on('data', (chunk: Buffer) => { err += chunk.toString(); });
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('\n')) resolve({ url: (JSON.parse(out.split('\n')[0]!) as { url: string }).url, stop });
    });
    child.once('exit', (code) => reject(new Error(`view ended with ${code}: ${err}`)));
  });
}
