import { createHash } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { f32, GraphBuilder, tensor, writeModel, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';

export const program = resolve(dirname(fileURLToPath(import.meta.url)), '../../bin/neuron-atlas.js');
export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** Three convolutions with rectifiers and a dense head, on 16 × 16 pixels: 30 units in four layers. */
export function smallModel(): Uint8Array {
  const { normal } = randomStream(3, 'small');
  const g = new GraphBuilder({ opset: 18 });
  const weights = (name: string, shape: readonly number[], scale: number): Value =>
    g.constant(tensor('f32', shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * normal())), name);
  const conv = (x: Value, name: string, units: number): Value => g.relu(g.emit('Conv', [x, weights(`${name}.weight`, [units, x.shape[1]!, 3, 3], 0.3)],
    { pads: { type: 'ints', value: [1, 1, 1, 1] } }, [{ dtype: 'f32', shape: [1, units, 16, 16], name }])[0]!);
  const last = conv(conv(conv(g.input('image', 'f32', [1, 3, 16, 16]), 'one', 8), 'two', 8), 'three', 9);
  const pooled = g.reshape(g.mean(last, [2, 3]), [1, 9]);
  const head = g.emit('Gemm', [pooled, weights('head.weight', [9, 5], 1), g.constant(f32([5], [0, 0, 0, 0, 0]), 'head.bias')], {}, [{ dtype: 'f32', shape: [1, 5], name: 'head' }])[0]!;
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('small', [head]) });
}

/** Writes model and spec; the sweep takes a few seconds, so that it can be caught in the middle. */
export async function writeSmallSweep(folder: string, output: string, steps = 600): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'small.onnx'), smallModel());
  const spec = join(folder, 'sweep.yaml');
  await writeFile(spec, [
    'name: small', 'model:', '  path: small.onnx', '  preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }',
    'views:', '  synthesis:', `    - { prior: fourier, objective: channel, steps: ${steps}, size: 16, batch: 4 }`,
    `output: ${output}`, '',
  ].join('\n'));
  return spec;
}

export interface Ended { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** The command as a process at the head of its own group, so that all that it starts can be killed with it. */
export class Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stderr = '';
  #stdout = '';

  constructor(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [program, ...args], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.child.stdout!.on('data', (chunk: Buffer) => { this.#stdout += chunk.toString(); });
    this.child.stderr!.on('data', (chunk: Buffer) => { this.#stderr += chunk.toString(); });
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr })));
  }

  /** SIGKILL to the command and to all processes of its group, at one moment. */
  async killAll(): Promise<void> {
    process.kill(-this.child.pid!, 'SIGKILL');
    await this.ended;
  }
}

export const neuronAtlas = (args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> => new Command(args, cwd, env).ended;

/** Process ids below `pid` whose command line has `word`, from /proc. */
export async function descendants(pid: number, word: string): Promise<number[]> {
  const all = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(async (name) => {
    try {
      const [stat, line] = await Promise.all([readFile(`/proc/${name}/stat`, 'utf8'), readFile(`/proc/${name}/cmdline`, 'utf8')]);
      return { id: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), line };
    } catch {
      return undefined; // it ended while we looked
    }
  }));
  const alive = all.filter((entry) => entry !== undefined);
  const below = new Set([pid]);
  for (let grown = true; grown;) {
    grown = false;
    for (const { id, parent } of alive) if (below.has(parent) && !below.has(id)) { below.add(id); grown = true; }
  }
  return alive.filter(({ id, line }) => id !== pid && below.has(id) && line.includes(word)).map(({ id }) => id);
}

/** sha256 of every file of an atlas folder by path; what a killed writer left behind under a temporary name does not count. */
export async function fileHashes(folder: string): Promise<Readonly<Record<string, string>>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && !entry.name.endsWith('.part~'));
  const hashes = await Promise.all(files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [relative(folder, path), createHash('sha256').update(await readFile(path)).digest('hex')] as const;
  }));
  return Object.fromEntries(hashes.sort(([a], [b]) => (a < b ? -1 : 1)));
}
