import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentServiceDefinition, atlasErrors, CommitResult, DirectiveKind, FailOutcome, FailureClass, SweepServiceDefinition } from '@neuron-atlas/proto';
import { createChannel, createClientFactory, type Channel } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { identityOf, isAlive } from './state/process-identity.js';
import { planOf } from './testing/plan.js';
import { coordinatorBin, spawnCoordinator, type Spawned } from './testing/spawn-coordinator.js';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => { for (const step of undo.splice(0).reverse()) await step(); });

// grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING
const serving = 1;

// A data directory is made once, by a start and a stop; each test works on a copy (`cp -a` keeps the owners).
let used: string;
beforeAll(async () => {
  used = mkdtempSync(join(tmpdir(), 'coordinator-state-'));
  const spawned = spawnCoordinator(['--state', used]);
  await spawned.listening;
  spawned.child.kill('SIGTERM');
  await spawned.ended;
});
afterAll(() => rmSync(used, { recursive: true, force: true }));

function stateDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coordinator-state-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync('cp', ['-a', `${used}/.`, folder]);
  return folder;
}

function start(args: readonly string[], options?: { readonly ipc?: boolean }): Spawned {
  const spawned = spawnCoordinator(args, options);
  undo.push(async () => {
    if (spawned.child.exitCode === null && spawned.child.signalCode === null) spawned.child.kill('SIGTERM');
    await spawned.ended;
  });
  return spawned;
}

function clients(address: string) {
  const channel: Channel = createChannel(address);
  undo.push(() => channel.close());
  const factory = createClientFactory().use(atlasErrors);
  return {
    agents: factory.create(AgentServiceDefinition, channel),
    sweeps: factory.create(SweepServiceDefinition, channel),
    health: factory.create(HealthDefinition, channel),
  };
}

const postmasterOf = (folder: string): number => Number(readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
const object = (key: string) => ({ key, bytes: 1n, sha256: 'ab'.repeat(32), rows: 1n, kind: 'synthesis', layer: 'conv0' });

describe('the coordinator as a process', () => {
  it('answers probes and shows its metrics on a port of their own', async () => {
    const { listening, metrics } = start(['--state', stateDir(), '--metrics', '127.0.0.1:0']);
    const { sweeps } = clients(await listening);
    const url = `http://${await metrics}`;
    for (const probe of ['/livez', '/readyz']) expect((await fetch(url + probe)).status).toBe(200);
    await sweeps.submitSweep({ idempotencyKey: 'one', planJson: JSON.stringify(planOf({ layers: 2 })) });
    await expect(sweeps.getSweep({ sweepId: 'sw-0000000000' })).rejects.toMatchObject({ code: 'COORDINATOR_SWEEP_NOT_FOUND' });
    const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
    expect(lines).toContain('neuronatlas_grpc_server_handled_total{service="neuron_atlas.v1.SweepService",method="SubmitSweep",code="OK"} 1');
    expect(lines).toContain('neuronatlas_grpc_server_handled_total{service="neuron_atlas.v1.SweepService",method="GetSweep",code="NOT_FOUND"} 1');
    expect(lines).toContain('neuronatlas_shards{stage="synthesis",state="ready"} 2');
  });

  it('takes a sweep from submission to its end over gRPC', async () => {
    const { agents, sweeps, health } = clients(await start(['--state', stateDir()]).listening);
    for (const service of ['', 'neuron_atlas.v1.AgentService']) expect((await health.check({ service })).status).toBe(serving);
    const { sweepId, existed } = await sweeps.submitSweep({ idempotencyKey: 'one', planJson: JSON.stringify(planOf({ layers: 2 })) });
    expect(existed).toBe(false);
    const watched: string[] = [];
    const watching = (async () => { for await (const status of sweeps.watchSweep({ sweepId })) watched.push(`${status.state} ${status.unitsDone}`); })();

    const { session, leaseTtlMs, heartbeatEveryMs } = await agents.register({ agentId: 'a', incarnation: 'i' });
    expect([leaseTtlMs, heartbeatEveryMs]).toEqual([60_000, 15_000]);
    const { leases } = await agents.acquireLeases({ session, requestId: 'r1', maxLeases: 2, waitMs: 1000 });
    expect(leases.map((lease) => [lease.shardId, lease.fence, lease.attempt])).toEqual([[`${sweepId}/0`, 1n, 1], [`${sweepId}/1`, 1n, 1]]);
    const beat = await agents.heartbeat({ session, seq: 1n, leases: [{ shardId: leases[0]!.shardId, fence: 1n, stepsDone: 0.5 }, { shardId: `${sweepId}/1`, fence: 9n }] });
    expect(beat.directives.map((directive) => directive.kind)).toEqual([DirectiveKind.CONTINUE, DirectiveKind.LOST]);
    expect(await sweeps.getSweep({ sweepId })).toMatchObject({ state: 'running', unitsTotal: 128n, unitsDone: 32, agents: 1, planJson: JSON.stringify(planOf({ layers: 2 })) });

    const complete = (seq: number, fence: bigint, objects = [object(`synthesis/${seq}.parquet`)]) =>
      agents.completeShard({ session, shardId: `${sweepId}/${seq}`, fence, objects, statsJson: '{"unitsDone":64,"seconds":1,"provider":"cpu"}' });
    expect((await complete(0, 1n)).result).toBe(CommitResult.COMMITTED);
    expect((await complete(0, 1n)).result).toBe(CommitResult.ALREADY_COMMITTED);
    expect((await complete(1, 7n)).result).toBe(CommitResult.FENCED);
    // An agent that waits is told of new work at once: `publish` becomes ready while it is parked.
    const parked = agents.acquireLeases({ session, requestId: 'r2', maxLeases: 1, waitMs: 20_000 });
    expect((await complete(1, 1n)).result).toBe(CommitResult.COMMITTED);
    const [publish] = (await parked).leases;
    expect(JSON.parse(publish!.taskJson)).toMatchObject({ stage: 'publish', seq: 2 });
    expect((await complete(2, 1n, [object('atlas.json')])).result).toBe(CommitResult.COMMITTED);
    await watching;
    expect(watched[0]).toMatch(/^running/);
    expect(watched.at(-1)).toBe('done 128');
    expect((await sweeps.getManifest({ sweepId })).objects.map(({ key }) => key)).toEqual(['synthesis/0.parquet', 'synthesis/1.parquet', 'atlas.json']);
    expect((await sweeps.listAgents({})).agents).toMatchObject([{ agentId: 'a', leases: 0, shardsDone: 3, unitsDone: 128n }]);
    expect((await sweeps.listSweeps({})).sweeps).toMatchObject([{ sweepId, state: 'done', planJson: '' }]);
  });

  it('answers mistakes with their code, the field and what to do', async () => {
    const { agents, sweeps } = clients(await start(['--state', stateDir()]).listening);
    const plan = { ...planOf(), layers: [{ ...planOf().layers[0], selected: [[0, 65]] }] };
    await expect(sweeps.submitSweep({ idempotencyKey: 'k', planJson: JSON.stringify(plan) })).rejects.toMatchObject({
      code: 'COORDINATOR_BAD_PLAN', grpc: 'INVALID_ARGUMENT', details: { field: 'layers[0].selected' }, help: expect.stringContaining('mend'),
    });
    await expect(sweeps.getSweep({ sweepId: 'sw-0000000000' })).rejects.toMatchObject({ code: 'COORDINATOR_SWEEP_NOT_FOUND' });
    await expect(sweeps.getSweep({ sweepId: '../../etc' })).rejects.toMatchObject({ code: 'COORDINATOR_BAD_REQUEST', details: { field: 'sweep_id' } });
    await expect(agents.acquireLeases({ session: 'se-gone', requestId: 'r', maxLeases: 1 })).rejects.toMatchObject({ code: 'COORDINATOR_SESSION_LOST' });
    const { sweepId } = await sweeps.submitSweep({ idempotencyKey: 'k', planJson: JSON.stringify(planOf()) });
    const { session } = await agents.register({ agentId: 'a', incarnation: 'i' });
    const { leases: [lease] } = await agents.acquireLeases({ session, requestId: 'r', maxLeases: 1 });
    for (const key of ['../up', '/root', 'a//b', 'a/./b', 'a\\b', '']) {
      await expect(agents.completeShard({ session, shardId: lease!.shardId, fence: 1n, objects: [object(key)] })).rejects.toMatchObject({ code: 'COORDINATOR_BAD_REQUEST', details: { field: 'objects[0].key' } });
    }
    expect((await agents.failShard({ session, shardId: lease!.shardId, fence: 1n, failureClass: FailureClass.BAD_INPUT, errorJson: 'not json\0' })).outcome).toBe(FailOutcome.QUARANTINED);
    const { shards } = await sweeps.listQuarantine({ sweepId });
    expect(JSON.parse(shards[0]!.errorJson)).toMatchObject({ code: 'COORDINATOR_UNREADABLE_FAILURE', details: { text: 'not json' } });
  });

  it('keeps every committed row over kill -9, stops the database it left behind, and agents just go on', async () => {
    const folder = stateDir();
    const first = start(['--state', folder]);
    const before = clients(await first.listening);
    const { sweepId } = await before.sweeps.submitSweep({ idempotencyKey: 'one', planJson: JSON.stringify(planOf({ layers: 2 })) });
    const { session } = await before.agents.register({ agentId: 'a', incarnation: 'i' });
    const { leases: [one, two] } = await before.agents.acquireLeases({ session, requestId: 'r1', maxLeases: 2 });
    await before.agents.completeShard({ session, shardId: one!.shardId, fence: 1n, objects: [object('one.parquet')] });
    const orphan = postmasterOf(folder);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(identityOf(orphan)).toBeDefined();

    const second = start(['--state', folder]);
    const after = clients(await second.listening);
    expect(identityOf(orphan)).toBeUndefined();
    expect(postmasterOf(folder)).not.toBe(orphan);
    expect((await after.sweeps.getManifest({ sweepId })).objects.map(({ key }) => key)).toEqual(['one.parquet']);
    const { leases } = await after.agents.acquireLeases({ session, requestId: 'r1', maxLeases: 2 });
    expect(leases.map(({ shardId }) => shardId)).toEqual([two!.shardId]);
    expect((await after.agents.completeShard({ session, shardId: two!.shardId, fence: 1n, objects: [object('two.parquet')] })).result).toBe(CommitResult.COMMITTED);
    second.child.kill('SIGTERM');
    expect((await second.ended).stderr).toContain('left behind');
  });

  it('stops in order at SIGTERM: parked polls are answered, the database is down, the directory is free', async () => {
    const folder = stateDir();
    const first = start(['--state', folder]);
    const { agents } = clients(await first.listening);
    const { session } = await agents.register({ agentId: 'a', incarnation: 'i' });
    const parked = agents.acquireLeases({ session, requestId: 'r', maxLeases: 1, waitMs: 20_000 });
    await agents.heartbeat({ session, seq: 1n, leases: [] }); // the poll before it has arrived
    const postmaster = postmasterOf(folder);
    first.child.kill('SIGTERM');
    expect(await parked).toMatchObject({ leases: [] });
    expect(await first.ended).toMatchObject({ code: 0 });
    expect(identityOf(postmaster)).toBeUndefined();
    await start(['--state', folder]).listening;
  });

  it('ends with its parent: when the channel to it closes', async () => {
    const folder = stateDir();
    const spawned = start(['--state', folder], { ipc: true });
    const told = new Promise((resolve) => { spawned.child.once('message', resolve); });
    expect(await told).toEqual({ listening: await spawned.listening });
    const postmaster = postmasterOf(folder);
    spawned.child.disconnect();
    expect(await spawned.ended).toMatchObject({ code: 0 });
    expect(identityOf(postmaster)).toBeUndefined();
  });

  it('ends with an error when its database does, and starts again on the same data', async () => {
    const folder = stateDir();
    const first = start(['--state', folder]);
    const { sweeps } = clients(await first.listening);
    const { sweepId } = await sweeps.submitSweep({ idempotencyKey: 'one', planJson: JSON.stringify(planOf()) });
    process.kill(postmasterOf(folder), 'SIGQUIT');
    expect(await first.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('COORDINATOR_POSTGRES_DIED: ') });
    const again = clients(await start(['--state', folder]).listening);
    expect((await again.sweeps.listSweeps({})).sweeps.map((sweep) => sweep.sweepId)).toEqual([sweepId]);
  });

  it('leaves nothing running when its parent is killed, pipes and all', async () => {
    const folder = stateDir();
    const parent = spawn(process.execPath, ['--input-type=module', '-e', `
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
      child.once('message', () => console.log(child.pid));
    `, coordinatorBin, '--state', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(parent.stdout, 'data') as [Buffer];
    const coordinator = identityOf(Number(line.toString()))!;
    const postmaster = identityOf(postmasterOf(folder))!;
    parent.kill('SIGKILL');
    while (isAlive(coordinator) || isAlive(postmaster)) await sleep(20);
    await start(['--state', folder]).listening;
  });

  it('refuses a data directory that a living process has, with the process', async () => {
    const folder = stateDir();
    const first = start(['--state', folder]);
    await first.listening;
    const { code, stderr } = await start(['--state', folder]).ended;
    expect(code).toBe(1);
    expect(stderr).toBe(`COORDINATOR_STATE_LOCKED: the data directory ${folder} is in use by process ${first.child.pid}\n  stop that process, or give another directory with --state\n`);
  });

  it('refuses a port that is in use, and leaves nothing running', async () => {
    const folder = stateDir();
    const holder = createServer();
    await new Promise<void>((resolve) => { holder.listen(0, '127.0.0.1', resolve); });
    undo.push(() => { holder.close(); });
    const listen = `127.0.0.1:${(holder.address() as AddressInfo).port}`;
    const { code, stderr } = await start(['--state', folder, '--listen', listen]).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`COORDINATOR_PORT_IN_USE: cannot listen on ${listen}: the port is in use\n  `);
    await start(['--state', folder]).listening; // neither lock nor database is held
  });

  it('refuses an address beyond loopback, a database that is not there, and options it does not know', async () => {
    expect(await start(['--state', stateDir(), '--listen', '0.0.0.0:0']).ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^COORDINATOR_INSECURE_LISTEN: /) });
    const missing = await start(['--database', 'postgres://user:sesame@127.0.0.1:1/none']).ended;
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/^COORDINATOR_DATABASE_UNREACHABLE: the database 127\.0\.0\.1:1\/none cannot be reached: connect ECONNREFUSED/) });
    expect(missing.stderr).not.toContain('sesame');
    expect(await start(['--colour']).ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/^COORDINATOR_BAD_OPTION: /) });
  });
});
