import { execFile } from 'node:child_process';
import { access, constants, mkdir, readFile, statfs } from 'node:fs/promises';
import { availableParallelism, homedir, tmpdir, totalmem } from 'node:os';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** What doctor looks at on this machine. */
export interface Machine {
  /** Of neuron-atlas. */
  readonly version: string;
  readonly nodeVersion: string;
  readonly runtimeVersion: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Of the container, where there is one. */
  readonly memoryLimitBytes: number | undefined;
  readonly folders: readonly { readonly what: string; readonly path: string; readonly freeBytes: number; readonly problem?: string }[];
  readonly providers: readonly { readonly name: string; readonly problem: string | undefined }[];
  /** Whether ONNX Runtime's CUDA libraries lie beside it. */
  readonly cudaFiles: boolean;
  readonly gpus: readonly { readonly name: string; readonly memoryMiB: number; readonly usedMiB: number; readonly driver: string }[];
}

export async function readMachine(env: Readonly<Record<string, string | undefined>>): Promise<Machine> {
  const { providerProblems, runtimeVersion } = await import('@neuron-atlas/synthesis/node');
  const own = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string };
  const cache = env['NEURON_ATLAS_CACHE'] ?? join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'neuron-atlas');
  const scratch = env['NEURON_ATLAS_SCRATCH'] ?? tmpdir();
  return {
    version: own.version, nodeVersion: process.versions.node, runtimeVersion, cores: availableParallelism(), memoryBytes: totalmem(),
    memoryLimitBytes: await memoryLimit(),
    folders: await Promise.all([folder('cache', cache), folder('scratch', scratch)]),
    providers: await providerProblems(),
    cudaFiles: await cudaFiles(),
    gpus: await gpus(),
  };
}

/** cgroup 2, then 1; a number beyond all memory means that there is no limit. */
async function memoryLimit(): Promise<number | undefined> {
  for (const file of ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']) {
    const text = await readFile(file, 'utf8').catch(() => 'max');
    if (/^\d+$/.test(text.trim()) && Number(text) < 2 ** 50) return Number(text);
  }
  return undefined;
}

async function folder(what: string, path: string): Promise<Machine['folders'][number]> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
    const { bavail, bsize } = await statfs(path);
    return { what, path, freeBytes: bavail * bsize };
  } catch (error) {
    return { what, path, freeBytes: 0, problem: (error as Error).message };
  }
}

async function cudaFiles(): Promise<boolean> {
  const synthesis = createRequire(createRequire(import.meta.url).resolve('@neuron-atlas/synthesis'));
  const binding = join(dirname(synthesis.resolve('onnxruntime-node/package.json')), 'bin');
  const found = await promisify(execFile)('find', [binding, '-name', 'libonnxruntime_providers_cuda.so']).catch(() => ({ stdout: '' }));
  return found.stdout.trim() !== '';
}

async function gpus(): Promise<Machine['gpus']> {
  const query = ['--query-gpu=name,memory.total,memory.used,driver_version', '--format=csv,noheader,nounits'];
  const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 20_000 }).catch(() => ({ stdout: '' })); // not there: no card
  return stdout.split('\n').filter((line) => line.includes(',')).map((line) => {
    const [name = '', total, used, driver = ''] = line.split(',').map((part) => part.trim());
    return { name, memoryMiB: Number(total), usedMiB: Number(used), driver };
  });
}
