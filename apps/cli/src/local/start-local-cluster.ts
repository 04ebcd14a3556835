import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAtlasError } from '@neuron-atlas/errors';
import { startProcess, type ChildProcess } from './start-process.js';

export interface LocalClusterOptions {
  /** Database, cache, scratch and logs; absolute. */
  readonly state: string;
  /** `host:port`, port 0 for any that is free. */
  readonly listen: string;
  readonly agents: number;
  /** Threads of each agent's graph runs. */
  readonly threads: number;
  readonly provider: string;
  /** Packages of plugins for the agents; absent: those of the environment. */
  readonly plugins?: readonly string[] | undefined;
  readonly note: (line: string) => void;
}

/** A coordinator and agents as child processes of this one. */
export interface LocalCluster {
  readonly address: string;
  readonly agentIds: readonly string[];
  readonly logs: string;
  /** Rejects when one of the processes ends unasked. */
  readonly died: Promise<never>;
  /** Agents first, so that they give their leases back, then the coordinator. */
  stop(): Promise<void>;
  kill(): void;
}

const coordinatorReadyMs = 60_000; // the first start sets a database up, on a machine that may be busy
const agentReadyMs = 60_000;
const stopMs = 20_000;
// A state folder stays locked for a moment after its last owner was killed: its processes end when they notice.
const lockedMs = 10_000;

export async function startLocalCluster(options: LocalClusterOptions, signal: AbortSignal): Promise<LocalCluster> {
  const logs = join(options.state, 'logs');
  const coordinator = await whenUnlocked(() => startProcess({
    name: 'coordinator',
    file: binOf('@neuron-atlas/coordinator'),
    args: ['--state', join(options.state, 'coordinator'), '--listen', options.listen],
    log: join(logs, 'coordinator.log'),
    ready: (message) => textField(message, 'listening'),
    readyMs: coordinatorReadyMs,
  }, signal), options.note, signal);
  const address = coordinator.ready;
  const agents: ChildProcess[] = [];
  const agentIds = Array.from({ length: options.agents }, (_, index) => `local-${index}`);
  const all = (): readonly ChildProcess[] => [...agents, coordinator.process];
  try {
    for (const id of agentIds) {
      const agent = await startProcess({
        name: `agent ${id}`,
        file: binOf('@neuron-atlas/gpu-agent'),
        args: [
          '--coordinator', address, '--id', id, '--cache', join(options.state, 'cache'), '--scratch', join(options.state, 'scratch', id),
          '--provider', options.provider, '--threads', String(options.threads),
          ...(options.plugins === undefined ? [] : ['--plugins', options.plugins.join(',')]),
        ],
        log: join(logs, `agent-${id}.log`),
        ready: (message) => textField(message, 'agent'),
        readyMs: agentReadyMs,
      }, signal);
      agents.push(agent.process);
    }
  } catch (error) {
    for (const process of all()) process.kill();
    throw error;
  }
  const died = Promise.race(all().map((process) => process.died));
  died.catch(() => undefined);
  return {
    address,
    agentIds,
    logs,
    died,
    async stop() {
      await Promise.all(agents.map((agent) => agent.stop(stopMs)));
      await coordinator.process.stop(stopMs);
    },
    kill() {
      for (const process of all()) process.kill();
    },
  };
}

async function whenUnlocked<T>(start: () => Promise<T>, note: (line: string) => void, signal: AbortSignal): Promise<T> {
  const deadline = Date.now() + lockedMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (!isAtlasError(error) || error.code !== 'COORDINATOR_STATE_LOCKED' || Date.now() >= deadline || signal.aborted) throw error;
      if (attempt === 1) note('another process holds the state folder; waiting a moment for it to end');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** The program of another package, by the `bin` of its package.json, which lies above its main file. */
function binOf(packageName: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.resolve(packageName))); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const { name, bin } = JSON.parse(readFileSync(file, 'utf8')) as { readonly name?: string; readonly bin?: Readonly<Record<string, string>> };
    const [path] = Object.values(bin ?? {});
    if (name === packageName && path !== undefined) return join(folder, path);
  }
  throw new Error(`unreachable: ${packageName} has no program`);
}

function textField(message: unknown, field: string): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const value = (message as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'string' ? value : undefined;
}
