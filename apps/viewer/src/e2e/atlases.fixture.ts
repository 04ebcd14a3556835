import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { f32, readModel, writeModel } from '@neuron-atlas/onnx';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const program = join(root, 'apps/cli/bin/neuron-atlas.js');
/** Atlases are made once and kept: a sweep that is complete already takes a second. */
const cache = process.env['E2E_CACHE'] ?? join(root, '.cache/e2e');

const environment = (): NodeJS.ProcessEnv => { const { NEURON_ATLAS_COORDINATOR: _, ...env } = process.env; return env; };

export function neuronAtlas(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...args], { cwd: cache, env: environment(), maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
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
    .replace('name: demo', 'name: rounded').replace('demo.onnx', 'rounded.onnx').replace('layers: all', 'layers: ["conv1", "conv2"]').replace('./atlas-demo', './atlas-rounded'));
  await neuronAtlas('run', 'rounded.yaml');
  return join(cache, 'atlas-rounded');
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
  await writeFile(join(folder, 'sweep.yaml'), (await readFile(join(root, 'examples/demo/sweep.yaml'), 'utf8'))
    .replace('name: demo', `name: ${name}`).replace('demo.onnx', join(root, 'examples/demo/demo.onnx')).replace('layers: all', 'layers: ["conv1", "conv2"]')
    .replace(/steps: \d+/, `steps: ${steps}`).replace('batch: 16', 'batch: 4').replace('./atlas-demo', 'atlas'));
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
