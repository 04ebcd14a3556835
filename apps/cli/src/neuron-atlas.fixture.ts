import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));
export const program = join(packageFolder, 'bin', 'neuron-atlas.js');

/** How a process ended, and all that it said. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test's processes must not take from the person who runs it. */
function environment(): NodeJS.ProcessEnv {
  const { NEURON_ATLAS_COORDINATOR: _, CI: __, ...env } = process.env;
  return env;
}

export function node(args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { cwd, env: environment(), maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

export const neuronAtlas = (args: readonly string[], cwd: string): Promise<Ended> => node([program, ...args], cwd);

/** Starts it and waits for its first line on stdout. */
export async function standing(args: readonly string[], cwd: string): Promise<{ readonly child: ChildProcess; readonly first: string }> {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => { err += chunk.toString(); });
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      const end = out.indexOf('\n');
      if (end >= 0) resolve({ child, first: out.slice(0, end) });
    });
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${err}`)));
  });
}

/** Processes run what is compiled; this is quick where it is up to date. */
export async function compile(): Promise<void> {
  const { stdout } = await node([join(packageFolder, '../../node_modules/typescript/bin/tsc'), '-b', packageFolder, join(packageFolder, '../coordinator'), join(packageFolder, '../gpu-agent')], packageFolder);
  if (stdout !== '') throw new Error(stdout);
}
