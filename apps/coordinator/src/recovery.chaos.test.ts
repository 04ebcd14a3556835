import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Cluster, type AgentPlace, type Leases, type Line } from './testing/chaos/cluster.js';
import { readHistory, recordHistory, violations } from './testing/chaos/history.js';
import { hashesOf } from './testing/chaos/outcome.js';
import { overAndDone, submitSmall } from './testing/chaos/run-chaos.js';

// How long it takes until things are as before, printed; that nothing is lost or changed is what is checked. Not part of CI:
// `node tools/test-chaos.mjs recovery`.
const endpoint = process.env['AWS_ENDPOINT_URL_S3'] ?? '';
const place = (name: string): string => `s3://${process.env['S3_TEST_BUCKET'] ?? ''}/recovery-${name}`;
const short: Leases = { ttlMs: 15_000, heartbeatMs: 5000, reaperMs: 1000 };
const byDefault: Leases = { ttlMs: 60_000, heartbeatMs: 15_000, reaperMs: 5000 };

const quick = { steps: 1200, endpoint };
// Shards that outlast a recovery, no more than are held, and of one batch, so that none is cut: whoever is added has nothing to do until one is free.
const lasting = (shards: number) => ({ steps: 400_000, endpoint, shards, batch: 2 });

let folder: string;
const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => { for (const step of undo.splice(0).reverse()) await step(); });

async function clusterOf(agents: number, leases: Leases, lines: Line[] = []): Promise<Cluster> {
  folder = mkdtempSync(join(tmpdir(), 'neuron-atlas-recovery-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const cluster = await Cluster.start({ folder, s3Endpoint: endpoint, coordinators: 1, agents, leases, onLine: (line) => { lines.push(line); } });
  undo.push(() => cluster[Symbol.asyncDispose]());
  await recordHistory(cluster);
  return cluster;
}

interface Held { readonly seq: number; readonly fence: string; readonly agent: string }

const heldNow = (cluster: Cluster): Promise<readonly Held[]> => cluster.query<Held>(
  `SELECT seq, fence::text, agent_id AS agent FROM shard JOIN session ON session.id = shard.session WHERE shard.state = 'leased' ORDER BY seq`);

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(50);
  }
}

/** Kills agents that hold a shard, for good, some at a time; seconds until another has each shard. */
async function secondsToRecover(leases: Leases, name: string, rounds: number, atOnce: number): Promise<readonly number[]> {
  const cluster = await clusterOf(atOnce, leases);
  const sweep = await submitSmall(cluster, place(name), lasting(atOnce));
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const alive = cluster.agents.filter(({ process: agent }) => agent.pid !== undefined);
    const held = await until(async () => {
      const all = (await heldNow(cluster)).filter(({ agent }) => alive.some(({ id }) => id === agent));
      return all.length >= atOnce ? all : undefined;
    });
    for (let i = 0; i < atOnce; i++) await cluster.addAgent();
    await sleep(1000 * (1 + (round % 5))); // anywhere between two heartbeats
    await Promise.all(held.slice(0, atOnce).map(async ({ seq, fence, agent }) => {
      await cluster.agents.find(({ id }) => id === agent)!.process.kill();
      const begun = performance.now();
      await until(async () => (await cluster.query('SELECT 1 FROM history WHERE seq = $1 AND "is"->>\'state\' = \'leased\' AND ("is"->>\'fence\')::bigint > $2', [seq, fence]))[0]);
      seconds.push((performance.now() - begun) / 1000);
    }));
  }
  expect(violations(await readHistory(cluster))).toEqual([]);
  await cluster.sweeps((client) => client.cancelSweep({ sweepId: sweep }));
  return seconds.sort((a, b) => a - b);
}

const spread = (seconds: readonly number[]): string =>
  `median ${seconds[seconds.length >> 1]!.toFixed(1)} s, worst ${seconds.at(-1)!.toFixed(1)} s of ${seconds.length}`;

/** A sweep in peace, then one with a fault in its middle; its bytes must be the same, and no shard may have failed. */
async function disturbed(name: string, leases: Leases, fault: (cluster: Cluster) => Promise<void>): Promise<string> {
  const cluster = await clusterOf(2, leases);
  await overAndDone(cluster, await submitSmall(cluster, place(`${name}-calm`), quick));
  const begun = performance.now();
  const sweep = await submitSmall(cluster, place(name), quick);
  await until(async () => (await cluster.query(`SELECT 1 FROM shard WHERE sweep_id = $1 AND state = 'done'`, [sweep]))[0]);
  await fault(cluster);
  const back = performance.now();
  const before = (await cluster.query<{ n: string }>('SELECT max(n)::text AS n FROM history'))[0]!.n;
  await until(async () => (await cluster.query(`SELECT 1 FROM history WHERE n > $1 AND "is"->>'state' = 'done'`, [before]))[0]);
  const first = (performance.now() - back) / 1000;
  expect(await overAndDone(cluster, sweep)).toBe(0);
  const history = await readHistory(cluster);
  expect(violations(history)).toEqual([]);
  expect(await hashesOf(place(name), endpoint)).toEqual(await hashesOf(place(`${name}-calm`), endpoint));
  const [failed] = await cluster.query<{ times: number }>('SELECT count(*)::integer AS times FROM shard_failure WHERE sweep_id = $1', [sweep]);
  const again = history.filter((change) => change.sweep === sweep && change.was.state === 'leased' && change.is.state === 'ready').length;
  return `first commit ${first.toFixed(1)} s after it was back; ${again} shards begun again, ${failed!.times} failures on record; the sweep took ${((performance.now() - begun) / 1000).toFixed(0)} s`;
}

describe('recovery', { timeout: 900_000 }, () => {
  it('from agents killed, with short leases', async () => {
    console.log(`recovery: agent killed, leases of 15 s: ${spread(await secondsToRecover(short, 'short', 10, 2))}`);
  });

  it('from agents killed, with default leases', async () => {
    console.log(`recovery: agent killed, leases of 60 s: ${spread(await secondsToRecover(byDefault, 'default', 7, 3))}`);
  });

  it('from a coordinator killed', async () => {
    console.log(`recovery: coordinator killed: ${await disturbed('coordinator', byDefault, async ({ coordinators }) => { coordinators[0]!.process.signal('SIGKILL'); })}`);
  });

  it('from PostgreSQL gone for a minute', async () => {
    console.log(`recovery: PostgreSQL killed and gone for 60 s: ${await disturbed('postgres', byDefault, (cluster) => cluster.restartPostgres('SIGKILL', 60_000))}`);
  });

  it('from a store gone for five minutes', async () => {
    console.log(`recovery: store gone for 300 s: ${await disturbed('store', byDefault, async ({ agents }) => {
      for (const { store } of agents) store.gone = true;
      await sleep(300_000);
      for (const { store } of agents) store.gone = false;
    })}`);
  });

  it('of the shards of agents that are told to stop', async () => {
    const cluster = await clusterOf(3, byDefault);
    const sweep = await submitSmall(cluster, place('drain'), lasting(3));
    await until(async () => ((await heldNow(cluster)).length === 3 ? true : undefined));
    await sleep(3000);
    const seconds = await Promise.all(cluster.agents.map(async ({ process: agent }: AgentPlace) => {
      const begun = performance.now();
      await agent.stop();
      return (performance.now() - begun) / 1000;
    }));
    expect(await heldNow(cluster)).toEqual([]);
    await cluster.sweeps((client) => client.cancelSweep({ sweepId: sweep }));
    console.log(`recovery: agents told to stop, each with a shard: gone after ${spread(seconds.sort((a, b) => a - b))}, their shards free`);
  });

  it('of an agent that has nothing to do from one that has much: a long shard is cut', async () => {
    const cluster = await clusterOf(1, byDefault);
    const sweep = await submitSmall(cluster, place('yield'), { ...lasting(1), batch: 1, steps: 600_000 });
    await until(async () => ((await heldNow(cluster)).length === 1 ? true : undefined));
    await sleep(20_000); // a twentieth of it, from which its pace is known
    await cluster.addAgent();
    const begun = performance.now();
    const agents = await until(async () => {
      const held = await heldNow(cluster);
      return new Set(held.map(({ agent }) => agent)).size === 2 ? held.map(({ seq, agent }) => `${agent} on ${seq}`).join(', ') : undefined;
    });
    const seconds = (performance.now() - begun) / 1000;
    expect(await overAndDone(cluster, sweep)).toBe(0);
    const history = await readHistory(cluster);
    expect(violations(history)).toEqual([]);
    const [{ units, shards }] = await cluster.query<{ units: string; shards: string }>(`SELECT sum(unit_end - unit_start)::text AS units, count(*)::text AS shards FROM shard WHERE sweep_id = $1 AND stage = 'synthesis' AND state = 'done'`, [sweep]) as [{ units: string; shards: string }];
    expect([units, shards]).toEqual(['2', '2']);
    console.log(`recovery: an agent that came when all was taken: at work after ${seconds.toFixed(1)} s, ${agents}; one shard of two units became ${shards} shards, and the sweep took ${((performance.now() - begun) / 1000).toFixed(0)} s more`);
  });
});
