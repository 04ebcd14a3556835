import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const coordinatorBin = fileURLToPath(new URL('../../bin/neuron-atlas-coordinator.js', import.meta.url));
const built = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Spawned {
  readonly child: ChildProcess;
  /** Where it serves; rejects when it ends before. */
  readonly listening: Promise<string>;
  /** Where its metrics and probes are, once it serves; empty if nowhere. */
  readonly metrics: Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stderr: string }>;
}

/** The coordinator as its own process, from what `tsc -b` built. */
export function spawnCoordinator(args: readonly string[], options: { readonly ipc?: boolean } = {}): Spawned {
  if (!existsSync(built)) throw new Error(`${built} is missing: run tsc -b first`);
  const stdio: StdioOptions = options.ipc === true ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [coordinatorBin, ...args], { stdio });
  let stdout = '';
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  // Not `close`: that never comes where the channel was disconnected from this side.
  const ended = (async () => {
    const [exit] = await Promise.all([once(child, 'exit'), child.stderr === null ? undefined : once(child.stderr, 'close')]);
    const [code, signal] = exit as [number | null, NodeJS.Signals | null];
    return { code, signal, stderr };
  })();
  const places = new Promise<{ readonly listening: string; readonly metrics?: string }>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes('\n')) resolve(JSON.parse(stdout.slice(0, stdout.indexOf('\n'))) as { listening: string });
    });
    void ended.then(({ code }) => reject(new Error(`ended with ${code}: ${stderr}`)));
  });
  const [listening, metrics] = [places.then((found) => found.listening), places.then((found) => found.metrics ?? '')];
  for (const place of [listening, metrics]) place.catch(() => {}); // tests of failing starts wait for `ended` alone
  return { child, listening, metrics, ended };
}
