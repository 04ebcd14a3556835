import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '@neuron-atlas/onnx';

/** The same step in PyTorch, in a process that waits for orders. */
export interface TorchStep extends AsyncDisposable {
  readonly version: string;
  /** Terms of the first step, before any weight moved. */
  readonly terms: Readonly<Record<string, number>>;
  /** Milliseconds of each of so many steps. */
  time(steps: number): Promise<readonly number[]>;
}

export const hasTorch = (python: string): boolean => spawnSync(python, ['-c', 'import torch']).status === 0;

/** glibc gives large blocks back to the system after every use unless told not to: PyTorch's steps then take a third longer. */
const malloc = { MALLOC_MMAP_THRESHOLD_: '4294967296', MALLOC_TRIM_THRESHOLD_: '4294967296' };

export async function openTorchStep(python: string, tensors: ReadonlyMap<string, Tensor>, { threads, adversarial }: { readonly threads: number; readonly adversarial: number }): Promise<TorchStep> {
  const folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-bench-'));
  await writeFile(join(folder, 'tensors.json'), JSON.stringify([...tensors].map(([name, { shape }]) => ({ name, shape }))));
  await writeFile(join(folder, 'tensors.bin'), Buffer.concat([...tensors.values()].map(({ data }) => Buffer.from((data as Float32Array).slice().buffer))));
  const script = fileURLToPath(new URL('../../oracle/torch_training.py', import.meta.url));
  const child = spawn(python, [script, folder, String(adversarial)], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...malloc, OMP_NUM_THREADS: String(threads), OMP_WAIT_POLICY: 'passive' } });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${python} ${script} ended`);
    return JSON.parse(value) as T;
  };
  const { version, terms } = await next<{ readonly version: string; readonly terms: Readonly<Record<string, number>> }>();
  return {
    version, terms,
    time: (steps) => { child.stdin.write(`${steps}\n`); return next(); },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => { child.once('exit', resolve); });
      child.stdin.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
