import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseManifest } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { SweepServiceDefinition, type SweepServiceClient, type SweepStatus } from '@neuron-atlas/proto';
import { DuckDBInstance } from '@duckdb/node-api';
import { createChannel, createClient, type Channel } from 'nice-grpc';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Program } from './process.fixture.js';
import { tinyModel, tinyPlan } from './tiny-sweep.fixture.js';

// Long enough to be caught in the middle, short enough to be waited for: about a second for each of the two shards.
const view = { steps: 1500, seeds: [5] };

let folder: string;
let coordinator: Program;
let address: string;
let channel: Channel;
let sweeps: SweepServiceClient;
let undisturbed: ReadonlyMap<string, string>;
const agents: Program[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sweep-e2e-'));
  coordinator = startCoordinator('127.0.0.1:0');
  address = (await coordinator.line('listening'))['listening'] as string;
  channel = createChannel(address);
  sweeps = createClient(SweepServiceDefinition, channel);

  const sweep = await submit('undisturbed');
  const agent = startAgent('agent-0');
  await finished(sweep);
  await agent.stop();
  undisturbed = await files('undisturbed');
}, 180_000);

afterEach(async () => { await Promise.all(agents.splice(0).map((agent) => agent.kill())); });

afterAll(async () => {
  channel.close();
  await coordinator.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

describe('a sweep, with coordinator and agents as processes', { timeout: 180_000 }, () => {
  it('becomes an atlas of every unit of every layer', async () => {
    const output = join(folder, 'undisturbed');
    const manifest = parseManifest(await readFile(join(output, 'atlas.json')));
    expect(manifest.totals).toMatchObject({ layers: 2, units: 12, pictures: 12, healthy: 11, dead: 1 });
    for (const file of manifest.files) expect(undisturbed.get(file.path)).toBe(file.sha256);
    const duck = await (await DuckDBInstance.create()).connect();
    const rows = (await duck.runAndReadAll(`
      SELECT s.layer, s.unit, s.score, s.score_start, s.image, u.health FROM '${output}/synthesis/*/*.parquet' s
      JOIN '${output}/units/*.parquet' u USING (layer, unit) ORDER BY s.layer DESC, s.unit`)).getRowObjectsJS();
    expect(rows.map(({ layer, unit }) => `${String(layer)}/${String(unit)}`)).toEqual(
      [...[0, 1, 2, 3, 4].map((unit) => `first/${unit}`), ...[0, 1, 2, 3, 4, 5, 6].map((unit) => `Second/${unit}`)]);
    for (const { score, score_start: start, health, image } of rows) {
      expect((score as number) > (start as number)).toBe((health as string[]).length === 0);
      expect(await sharp(Buffer.from(image as Uint8Array)).metadata()).toMatchObject({ format: 'png', width: 16, height: 16, channels: 3 });
    }
  });

  it('gives the same files when its engine is killed in the middle', async () => {
    const sweep = await submit('engine-killed');
    const agent = startAgent('agent-1');
    await underWay(sweep);
    process.kill((await agent.line('enginePid'))['enginePid'] as number, 'SIGKILL');
    await finished(sweep);
    const { agents: listed } = await sweeps.listAgents({});
    expect(listed.find(({ agentId }) => agentId === 'agent-1')!.shardsFailed).toBe(1);
    expect(await files('engine-killed')).toEqual(undisturbed);
  });

  it('gives the same files when its agent is killed in the middle and comes back', async () => {
    const sweep = await submit('agent-killed');
    const agent = startAgent('agent-2');
    await underWay(sweep);
    const enginePid = (await agent.line('enginePid'))['enginePid'] as number;
    await agent.kill();
    startAgent('agent-2');
    await finished(sweep);
    expect(await files('agent-killed')).toEqual(undisturbed);
    await gone(enginePid);
  });

  it('gives the same files when its agent is stopped in the middle and another takes over', async () => {
    const sweep = await submit('agent-stopped');
    const agent = startAgent('agent-3');
    await underWay(sweep);
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
    const { stages } = await sweeps.getSweep({ sweepId: sweep });
    expect(stages.reduce((sum, { shardsLeased }) => sum + shardsLeased, 0)).toBe(0);
    startAgent('agent-4');
    await finished(sweep);
    expect(await files('agent-stopped')).toEqual(undisturbed);
  });

  it('gives the same files from two agents that share a cache', async () => {
    const cache = join(folder, 'shared-cache');
    const sweep = await submit('two-agents');
    startAgent('agent-5', cache);
    startAgent('agent-6', cache);
    await finished(sweep);
    expect(await files('two-agents')).toEqual(undisturbed);
  });

  it('gives the same files when an agent freezes, another takes over, and the first thaws', async () => {
    const sweep = await submit('agent-frozen');
    const frozen = startAgent('agent-7');
    await underWay(sweep);
    const { session } = await frozen.line('session');
    frozen.child.kill('SIGSTOP');
    startAgent('agent-8');
    await finished(sweep);
    frozen.child.kill('SIGCONT');
    while ((await frozen.line('session'))['session'] === session) await sleep(20);
    expect(await files('agent-frozen')).toEqual(undisturbed);
  });

  it('gives the same files when the coordinator is killed in the middle and comes back', async () => {
    const sweep = await submit('coordinator-killed');
    const agent = startAgent('agent-9');
    await underWay(sweep);
    await coordinator.kill();
    coordinator = startCoordinator(address);
    await coordinator.line('listening');
    await finished(sweep);
    expect(await files('coordinator-killed')).toEqual(undisturbed);
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
  });

  it('stops for a cancelled sweep within a chunk, and keeps its engine for the next', async () => {
    const plan = tinyPlan(join(folder, 'cancelled'), { ...view, steps: 1_000_000 });
    const sweep = await submit('cancelled', plan);
    const agent = startAgent('agent-10');
    await underWay(sweep);
    const { enginePid } = await agent.line('enginePid');
    await sweeps.cancelSweep({ sweepId: sweep });
    expect(await agent.line('reason')).toMatchObject({ reason: 'cancelled' });
    await finished(await submit('after-cancelled'));
    expect(await agent.line('enginePid')).toMatchObject({ enginePid });
    expect(await files('after-cancelled')).toEqual(undisturbed);
    expect([...(await files('cancelled')).keys()]).toEqual([`model/${tinyModel().sha256}.onnx`]);
  });

  it('flags the units of a layer that no agent can do with the reason, and has the rest', async () => {
    const plan = tinyPlan(join(folder, 'one-layer-wrong'), view);
    const layers = plan.layers.map((layer) => (layer.id === 'first' ? { ...layer, tensor: 'no-such-tensor' } : layer));
    const sweep = await submit('one-layer-wrong', { ...plan, layers });
    startAgent('agent-11');
    const status = await over(sweep);
    expect(status.state).toBe('failed');
    const manifest = parseManifest(await readFile(join(folder, 'one-layer-wrong', 'atlas.json')));
    expect(manifest.totals).toMatchObject({ layers: 2, units: 12, pictures: 7, failed: 5 });
    const duck = await (await DuckDBInstance.create()).connect();
    const [row] = (await duck.runAndReadAll(`SELECT reason FROM '${folder}/one-layer-wrong/units/first.parquet' LIMIT 1`)).getRowObjectsJS();
    expect(row!['reason']).toContain('no-such-tensor');
  });

  it('has agents that say so when there is no coordinator', async () => {
    const agent = new Program('../bin/neuron-atlas-agent.js', ['--coordinator', '127.0.0.1:1', '--connect-timeout-ms', '200', '--provider', 'cpu', '--scratch', join(folder, 'scratch')]);
    expect(await agent.line('error')).toMatchObject({ level: 60, error: { code: 'AGENT_COORDINATOR_UNREACHABLE' } });
    expect((await agent.ended).code).toBe(1);
  });
});

function startCoordinator(listen: string): Program {
  return new Program('../../coordinator/bin/neuron-atlas-coordinator.js',
    ['--state', join(folder, 'state'), '--listen', listen, '--lease-ttl-ms', '3000', '--heartbeat-ms', '200', '--reaper-ms', '200']);
}

function startAgent(id: string, cache = join(folder, `cache-${randomUUID()}`)): Program {
  const agent = new Program('../bin/neuron-atlas-agent.js',
    ['--coordinator', address, '--id', id, '--provider', 'cpu', '--threads', '1', '--cache', cache, '--scratch', join(folder, 'scratch')]);
  agents.push(agent);
  return agent;
}

async function submit(name: string, plan = tinyPlan(join(folder, name), view)): Promise<string> {
  const { bytes, sha256 } = tinyModel();
  await (await openStore(join(folder, name))).put(`model/${sha256}.onnx`, bytes);
  return (await sweeps.submitSweep({ idempotencyKey: name, planJson: JSON.stringify(plan) })).sweepId;
}

/** Waits until the first shard is really at work. */
async function underWay(sweepId: string): Promise<void> {
  for (;;) {
    const { unitsDone } = await sweeps.getSweep({ sweepId });
    if (unitsDone > 0) return;
    await sleep(20);
  }
}

async function over(sweepId: string): Promise<SweepStatus> {
  for (;;) {
    const status = await sweeps.getSweep({ sweepId });
    if (status.state !== 'running') return status;
    await sleep(50);
  }
}

async function finished(sweepId: string): Promise<void> {
  const { state, errorJson } = await over(sweepId);
  expect({ state, errorJson }).toEqual({ state: 'done', errorJson: '' });
}

/** sha256 of every file of an output by its path. */
async function files(name: string): Promise<ReadonlyMap<string, string>> {
  const output = join(folder, name);
  const found = await readdir(output, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(await Promise.all(paths.map(async (path) => [path.slice(output.length + 1), createHash('sha256').update(await readFile(path)).digest('hex')] as const)));
}

/** Waits until a process is no more. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(20);
  }
}
