import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Server extends AsyncDisposable {
  readonly address: string;
  readonly pid: number;
  /** The superuser's URL of a database on the coordinator's own PostgreSQL. */
  readonly databaseUrl: (name: string) => string;
}

/** The coordinator as its own process with a PostgreSQL of its own, fsync on, in a folder that goes with it. */
export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'neuron-atlas-bench-'));
  const child = spawn(process.execPath, [join('apps', 'coordinator', 'bin', 'neuron-atlas-coordinator.js'), '--state', folder, '--log-level', 'warn'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const address = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve((JSON.parse(text) as { listening: string }).listening);
    });
    child.on('exit', (code) => reject(new Error(`the coordinator ended with ${code}: build first`)));
  });
  const password = readFileSync(join(folder, 'postgres-password'), 'utf8').trim();
  const port = readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3];
  return {
    address,
    pid: child.pid ?? 0,
    databaseUrl: (name) => `postgres://neuron_atlas:${password}@127.0.0.1:${port}/${name}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
