import { setTimeout as sleep } from 'node:timers/promises';
import type { ScheduledFault, StoreFault } from '@neuron-atlas/testkit';
import type { AgentPlace, Cluster, CoordinatorPlace } from './cluster.js';

/** What a fault is given: whom it meets and how hard, each uniform in [0, 1). */
type Strike = (cluster: Cluster, draw: ScheduledFault<string>, ttlMs: number) => Promise<void>;

const one = <T>(all: readonly T[], who: number): T => all[Math.floor(who * all.length)]!;
const agentOf = (cluster: Cluster, { who }: ScheduledFault<string>): AgentPlace => one(cluster.agents, who);
const coordinatorOf = (cluster: Cluster, { who }: ScheduledFault<string>): CoordinatorPlace => one(cluster.coordinators, who);
const between = (least: number, most: number, size: number): number => Math.round(least + (most - least) * size);

/** A fault of the agent's link to the coordinators that lasts a while. */
const onLink = (impose: (agent: AgentPlace, size: number) => void): Strike => async (cluster, draw, ttlMs) => {
  const { link } = agentOf(cluster, draw);
  impose(agentOf(cluster, draw), draw.size);
  await sleep(between(0.2 * ttlMs, 1.5 * ttlMs, draw.size));
  link.heal();
};

/** The same of a coordinator's connections to the database. */
const onDatabase = (impose: (coordinator: CoordinatorPlace, size: number) => void): Strike => async (cluster, draw, ttlMs) => {
  const { database } = coordinatorOf(cluster, draw);
  impose(coordinatorOf(cluster, draw), draw.size);
  await sleep(between(0.1 * ttlMs, ttlMs, draw.size));
  database.heal();
};

const onStore = (fault: (size: number) => StoreFault): Strike => async (cluster, draw) => {
  agentOf(cluster, draw).store.next(fault(draw.size), between(1, 6, draw.size));
};

/** Stands still, for long enough that its leases end or for less, and goes on as if nothing had been. */
const frozen = (whom: (cluster: Cluster, draw: ScheduledFault<string>) => AgentPlace | CoordinatorPlace): Strike => async (cluster, draw, ttlMs) => {
  const { process } = whom(cluster, draw);
  process.signal('SIGSTOP');
  await sleep(between(0.3 * ttlMs, 2 * ttlMs, draw.size));
  process.signal('SIGCONT');
};

/**
 * The zombie: its result is in the store and its report on the way, held up until its session has ended and its shard is
 * somebody else's. Then the report arrives. Gives up where no result comes for so long, or nobody ends the session.
 */
const lateReport: Strike = async (cluster, draw, ttlMs) => {
  const { id, store, link } = agentOf(cluster, draw);
  const stored = new Promise<void>((resolve) => {
    store.onStored = (key) => {
      if (!key.includes('/synthesis/')) return;
      store.onStored = () => {};
      link.hold('up');
      resolve();
    };
  });
  if (await Promise.race([stored.then(() => true), sleep(10 * ttlMs, false)])) {
    const query = 'SELECT 1 FROM session WHERE agent_id = $1 AND ended_at IS NULL';
    for (const until = performance.now() + 3 * ttlMs; performance.now() < until && (await cluster.query(query, [id])).length > 0;) await sleep(50);
    link.release();
  }
  store.onStored = () => {};
};

/**
 * The engine of an agent whose shard has not failed yet, beginning with the one that was drawn: a shard that an engine dies of
 * again and again is given up, or cut, and its units are then in other files than those of an undisturbed sweep.
 */
const killEngine: Strike = async (cluster, draw) => {
  const failed = new Set((await cluster.query<{ agent: string }>(
    `SELECT agent_id AS agent FROM shard JOIN session ON session.id = shard.session WHERE shard.state = 'leased' AND shard.failures > 0`)).map(({ agent }) => agent));
  const first = Math.floor(draw.who * cluster.agents.length);
  const chosen = cluster.agents.map((_, i) => cluster.agents[(first + i) % cluster.agents.length]!).find(({ id, enginePid }) => enginePid !== undefined && !failed.has(id));
  if (chosen?.enginePid !== undefined) try { process.kill(chosen.enginePid, 'SIGKILL'); } catch { /* it has gone by itself */ }
};

/** Every kind of fault, and how often it comes beside the others. */
export const faults = {
  'link delayed': { weight: 4, strike: onLink(({ link }, size) => link.delay(between(50, 800, size))) },
  'link cut': { weight: 6, strike: async (cluster, draw) => agentOf(cluster, draw).link.cut() },
  'link half open, answers lost': { weight: 4, strike: onLink(({ link }) => link.swallow('down')) },
  'link half open, calls lost': { weight: 4, strike: onLink(({ link }) => link.swallow('up')) },
  'link truncated': { weight: 6, strike: onLink(({ link }, size) => link.truncate(between(1, 4000, size))) },
  'link refused': { weight: 4, strike: onLink(({ link }) => link.refuse()) },
  'report late': { weight: 14, strike: lateReport },
  'network partitioned': { weight: 4, strike: async (cluster, draw, ttlMs) => {
    const cable = cluster.agents.find(({ namespace }) => namespace !== undefined)?.namespace;
    cable?.connected(false);
    await sleep(between(0.3 * ttlMs, 2 * ttlMs, draw.size));
    cable?.connected(true);
  } },
  'store 500': { weight: 6, strike: onStore(() => ({ kind: 'status', status: 500 })) },
  'store 503': { weight: 6, strike: onStore(() => ({ kind: 'status', status: 503 })) },
  'store slow': { weight: 6, strike: onStore((size) => ({ kind: 'slow', ms: between(200, 4000, size) })) },
  'store drops the answer of a write': { weight: 6, strike: onStore(() => ({ kind: 'dropped' })) },
  'store answers twice': { weight: 6, strike: onStore(() => ({ kind: 'duplicate' })) },
  'store answer cut short': { weight: 4, strike: onStore(() => ({ kind: 'cut-short' })) },
  'store gone': { weight: 3, strike: async (cluster, draw, ttlMs) => {
    for (const { store } of cluster.agents) store.gone = true;
    await sleep(between(ttlMs, 3 * ttlMs, draw.size));
    for (const { store } of cluster.agents) store.gone = false;
  } },
  'agent killed': { weight: 8, strike: async (cluster, draw) => { agentOf(cluster, draw).process.signal('SIGKILL'); } },
  'agent told to stop': { weight: 5, strike: async (cluster, draw) => { agentOf(cluster, draw).process.signal('SIGTERM'); } },
  'engine killed': { weight: 5, strike: killEngine },
  'agent frozen': { weight: 8, strike: frozen(agentOf) },
  'coordinator killed': { weight: 5, strike: async (cluster, draw) => { coordinatorOf(cluster, draw).process.signal('SIGKILL'); } },
  'coordinator told to stop': { weight: 3, strike: async (cluster, draw) => { coordinatorOf(cluster, draw).process.signal('SIGTERM'); } },
  'coordinator frozen': { weight: 4, strike: frozen(coordinatorOf) },
  'database cut': { weight: 4, strike: async (cluster, draw) => coordinatorOf(cluster, draw).database.cut() },
  'database delayed': { weight: 3, strike: onDatabase(({ database }, size) => database.delay(between(20, 300, size))) },
  'database half open': { weight: 3, strike: onDatabase(({ database }) => database.swallow('down')) },
  'database ends a session in a statement': { weight: 4, strike: async (cluster) => {
    await cluster.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'neuron-atlas-coordinator'`);
  } },
  'database killed': { weight: 1, strike: (cluster, draw) => cluster.restartPostgres('SIGKILL', between(0, 2000, draw.size)) },
  'database restarted': { weight: 1, strike: (cluster, draw) => cluster.restartPostgres('in order', between(0, 2000, draw.size)) },
  'clock of an agent jumps': { weight: 4, strike: async (cluster, draw) => { cluster.agents.find(({ clock }) => clock !== undefined)?.clock?.set(between(-600, 600, draw.size)); } },
  'clock of a coordinator jumps': { weight: 4, strike: async (cluster, draw) => { cluster.coordinators.find(({ clock }) => clock !== undefined)?.clock?.set(between(-600, 600, draw.size)); } },
} as const satisfies Readonly<Record<string, { readonly weight: number; readonly strike: Strike }>>;

export type FaultKind = keyof typeof faults;
