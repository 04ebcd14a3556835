import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AtlasError } from '@neuron-atlas/errors';
import type { BlobStore } from '@neuron-atlas/blobs';
import { createRegistry } from '@neuron-atlas/telemetry';
import { CommitResult, DirectiveKind, FailureClass, type Lease } from '@neuron-atlas/proto';
import type { ShardTask } from '@neuron-atlas/spec';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeCoordinator } from './fake-coordinator.fixture.js';
import { createAgentMetrics } from '../metrics/agent-metrics.js';
import { createPhaseClock } from '../metrics/phase-clock.js';
import { createReadiness } from '../metrics/readiness.js';
import { nobody } from './observer.js';
import { runAgent, type AgentOptions } from './run-agent.js';
import { defaultTiming } from './timing.js';

const engineScript = fileURLToPath(new URL('./fake-engine.fixture.mjs', import.meta.url));

let coordinator: FakeCoordinator;
let scratchDir: string;
let objects: Map<string, Uint8Array>;
let stop: AbortController;
let agent: Promise<void> | undefined;

beforeEach(async () => {
  coordinator = new FakeCoordinator();
  await coordinator.start();
  scratchDir = await mkdtemp(join(tmpdir(), 'agent-test-'));
  objects = new Map();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await agent?.catch(() => undefined);
  agent = undefined;
  coordinator.stop();
  await rm(scratchDir, { recursive: true, force: true });
});

describe('an agent', () => {
  it('works on a leased shard, uploads its part once, commits it with the manifest, and leaves no scratch file', async () => {
    coordinator.leases.push(lease('s1', 7n));
    void start();
    const [complete] = await coordinator.seen('complete');
    expect(complete).toMatchObject({ session: 'session-1', shardId: 's1', fence: 7n });
    const [object] = complete!.objects;
    expect(object).toMatchObject({ kind: 'synthesis', layer: 'conv1', rows: 8n, bytes: 21n });
    expect(new TextDecoder().decode(objects.get(object!.key))).toBe('pictures of conv1 0-8');
    expect(JSON.parse(complete!.statsJson)).toMatchObject({ unitsDone: 8, provider: 'cpu' });
    await coordinator.seen('acquire', 2);
    expect(await readdir(scratchDir)).toEqual([]);
  });

  it('registers with what its engine says of itself and tells who it is', async () => {
    const registered: unknown[] = [];
    void start({ onRegistered: (who) => registered.push(who) });
    const [request] = await coordinator.seen('register');
    expect(request).toMatchObject({ agentId: 'agent-1', node: 'node-1', provider: 'cpu', device: 'a fake', version: '1.2.3', plugins: ['prior/fake@1'] });
    expect(request!.incarnation).toMatch(/^[0-9a-f-]{36}$/);
    await coordinator.seen('acquire');
    expect(registered).toEqual([{ agent: 'agent-1', session: 'session-1' }]);
  });

  it('counts what it does where somebody wants to know: shards, units, bytes, time by what it went into', async () => {
    const registry = createRegistry({ component: 'agent', version: '1.2.3' });
    const readiness = createReadiness(createAgentMetrics(registry, createPhaseClock(() => performance.now())));
    const value = async (line: string): Promise<number> => {
      const found = (await registry.metrics()).split('\n').find((text) => text.startsWith(`${line} `));
      return Number(found?.split(' ').at(-1));
    };
    expect(readiness.problem()).toBe('not yet registered with the coordinator');
    coordinator.leases.push(lease('s1', 7n), lease('s2', 1n, 'refuse'));
    void start({ observer: readiness.observer });
    await coordinator.seen('fail');
    const failed = 'neuronatlas_agent_shards_total{outcome="failed",stage="synthesis"}';
    await vi.waitFor(async () => expect(await value(failed)).toBe(1), 10_000);
    expect(readiness.problem()).toBeUndefined();
    expect(await value('neuronatlas_agent_shards_total{outcome="committed",stage="synthesis"}')).toBe(1);
    expect(await value('neuronatlas_agent_units_processed_total{model="net",stage="synthesis"}')).toBe(8);
    expect(await value('neuronatlas_agent_upload_bytes_total')).toBe(21);
    expect(await value('neuronatlas_agent_registered')).toBe(1);
    expect(await value('neuronatlas_agent_engine_starts_total{replaced="false"}')).toBe(1);
    expect(await value('neuronatlas_agent_info{provider="cpu",device="a fake"}')).toBe(1);
    const spent = await Promise.all(['starting', 'idle', 'load', 'compute', 'upload'].map((phase) => value(`neuronatlas_agent_busy_seconds_total{phase="${phase}"}`)));
    expect(spent.every((seconds) => seconds >= 0)).toBe(true);
    expect(spent[3]).toBeGreaterThan(0);
    stop.abort();
    await agent;
    expect(readiness.problem()).toBe('asked to stop');
    expect(await value('neuronatlas_agent_draining')).toBe(1);
  });

  it('reports progress in its heartbeats while it works', async () => {
    coordinator.leases.push(lease('s1', 1n, 'slow'));
    void start();
    await coordinator.until(() => new Set(coordinator.progressSeen.map(({ fraction }) => fraction)).size > 3);
    expect(coordinator.progressSeen.every(({ shardId }) => shardId === 's1')).toBe(true);
    const fractions = coordinator.progressSeen.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });

  it('hands what the sweep has come to to the engine for the publish stage, and commits what it published', async () => {
    coordinator.manifest = [{ key: 'synthesis/conv1/x.parquet', bytes: 10n, sha256: 'cd'.repeat(32), rows: 8n, kind: 'synthesis', layer: 'conv1' }];
    const given = { shardId: 's9', sweepId: 'sweep-1', layer: 'conv1', unitStart: 0, unitEnd: 4, failures: 3 };
    coordinator.quarantine = [
      { ...given, stage: 'synthesis', errorJson: '{"code":"AGENT_ENGINE_EXITED","message":"it died"}' }, { ...given, stage: 'synthesis', errorJson: '' }, { ...given, stage: 'publish', errorJson: '' },
    ];
    coordinator.leases.push(lease('p', 1n, 'publish', { stage: 'publish', layer: '', unitStart: 0, unitEnd: 0 }));
    void start();
    const [complete] = await coordinator.seen('complete');
    expect(complete!.objects).toEqual([{ key: 'atlas.json', bytes: 1n, sha256: 'ab'.repeat(32), rows: 2n, kind: 'atlas', layer: 'it died' }]);
  });

  it('asks what the sweep has come to for a view of synthesis that starts from exemplars, and for no other', async () => {
    for (const view of [0, 1]) {
      const plain = lease(`s${view}`, 1n, 'work', { view });
      const task = JSON.parse(plain.taskJson) as ShardTask;
      coordinator.leases.push({ ...plain, taskJson: JSON.stringify({ ...task, plan: { ...task.plan, fromExemplars: [1], spec: { ...task.plan.spec, views: { synthesis: [{}, {}] } } } }) });
    }
    void start();
    await coordinator.seen('complete', 2);
    expect(coordinator.manifestsRead).toBe(1);
  });

  it('stops and releases a shard that is cancelled, writes nothing, and goes on with the next', async () => {
    coordinator.leases.push(lease('s1', 1n, 'slow'));
    void start();
    await coordinator.until(() => coordinator.progressSeen.length > 0);
    coordinator.directive = DirectiveKind.CANCEL;
    const [release] = await coordinator.seen('release');
    expect(release).toMatchObject({ leases: [{ shardId: 's1', fence: 1n }], reason: 'yield' });
    coordinator.directive = DirectiveKind.CONTINUE;
    coordinator.leases.push(lease('s2', 2n));
    const completed = await coordinator.seen('complete');
    expect(completed.map(({ shardId }) => shardId)).toEqual(['s2']);
    expect(objects.size).toBe(1);
  });

  it('kills an engine that does not hear a cancellation, and works on with a fresh one', async () => {
    coordinator.leases.push(lease('s1', 1n, 'deaf'));
    void start();
    await coordinator.until(() => coordinator.progressSeen.length > 0);
    coordinator.directive = DirectiveKind.CANCEL;
    await coordinator.seen('release');
    coordinator.directive = DirectiveKind.CONTINUE;
    coordinator.leases.push(lease('s2', 2n));
    await coordinator.seen('complete');
  });

  it('drops a lost shard without a word: it is somebody else\'s', async () => {
    coordinator.leases.push(lease('s1', 1n, 'slow'));
    void start();
    await coordinator.until(() => coordinator.progressSeen.length > 0);
    coordinator.directive = DirectiveKind.LOST;
    await coordinator.seen('acquire', 2);
    expect(coordinator.calls.map(({ name }) => name)).toEqual(['register', 'acquire', 'acquire']);
    expect(objects.size).toBe(0);
  });

  it('fences itself when the coordinator falls silent: uploads nothing, and gives the shard back once it can', async () => {
    // Long enough that a machine busy with other tests does not itself look like silence.
    coordinator.leaseTtlMs = 2_000;
    coordinator.leases.push(lease('s1', 1n, 'slow'));
    void start();
    await coordinator.until(() => coordinator.progressSeen.length > 2);
    coordinator.silent = true;
    await new Promise((resolve) => { setTimeout(resolve, 3_000); });
    coordinator.silent = false;
    const [release] = await coordinator.seen('release');
    expect(release!.leases).toEqual([{ shardId: 's1', fence: 1n, finished: [] }]);
    expect(objects.size).toBe(0);
    expect(coordinator.calls.some(({ name }) => name === 'complete')).toBe(false);
  });

  it('does not fence itself while heartbeats are answered, however long a shard takes', async () => {
    coordinator.leaseTtlMs = 300;
    coordinator.leases.push(lease('s1', 1n, 'slow'));
    void start();
    await coordinator.until(() => coordinator.heartbeats > 20);
    expect(coordinator.calls.some(({ name }) => name === 'release')).toBe(false);
  });

  it('registers anew with a fresh incarnation when its session is lost, and works on', async () => {
    coordinator.leases.push(lease('s1', 1n, 'slow'));
    void start();
    await coordinator.until(() => coordinator.progressSeen.length > 0);
    coordinator.leases.push(lease('s2', 2n));
    coordinator.sessionLost = true;
    const [complete] = await coordinator.seen('complete');
    expect(complete).toMatchObject({ session: 'session-2', shardId: 's2' });
    const [first, second] = await coordinator.seen('register', 2);
    expect(first!.incarnation).not.toBe(second!.incarnation);
  });

  it('reports a dead engine as poison with its last words, and replaces it', async () => {
    coordinator.leases.push(lease('s1', 1n, 'crash'), lease('s2', 2n));
    void start();
    const [fail] = await coordinator.seen('fail');
    expect(fail).toMatchObject({ shardId: 's1', fence: 1n, failureClass: FailureClass.POISON });
    const error = JSON.parse(fail!.errorJson);
    expect(error).toMatchObject({ code: 'AGENT_ENGINE_EXITED', details: { signal: 'SIGKILL', phase: 'ascend' } });
    expect(error.message).toContain('std::bad_alloc');
    const [complete] = await coordinator.seen('complete');
    expect(complete!.shardId).toBe('s2');
  });

  it('passes the engine\'s own error on, in the class of its code', async () => {
    coordinator.leases.push(lease('s1', 1n, 'refuse'));
    void start();
    const [fail] = await coordinator.seen('fail');
    expect(fail!.failureClass).toBe(FailureClass.BAD_INPUT);
    expect(JSON.parse(fail!.errorJson)).toMatchObject({ code: 'ONNX_UNKNOWN_OP', help: 'export anew' });
  });

  it('kills an engine that makes no progress and reports its own agent as unwell', async () => {
    coordinator.leases.push(lease('s1', 1n, 'silent'), lease('s2', 2n));
    void start({ stallMs: 500 });
    const [fail] = await coordinator.seen('fail');
    expect(fail!.failureClass).toBe(FailureClass.INFRA);
    expect(JSON.parse(fail!.errorJson)).toMatchObject({ code: 'AGENT_ENGINE_STALLED', details: { phase: 'ascend' } });
    await coordinator.seen('complete');
  });

  it('does not upload a result file that is not what the engine wrote', async () => {
    coordinator.leases.push(lease('s1', 1n, 'bad-disk'));
    void start();
    const [fail] = await coordinator.seen('fail');
    expect(JSON.parse(fail!.errorJson).code).toBe('AGENT_PART_CHANGED');
    expect(objects.size).toBe(0);
    await coordinator.seen('acquire', 2);
    expect(await readdir(scratchDir)).toEqual([]);
  });

  it('refuses a task that it does not understand as bad input', async () => {
    coordinator.leases.push(lease('s1', 1n, 'x', { unitEnd: 99 }));
    void start();
    const [fail] = await coordinator.seen('fail');
    expect(fail!.failureClass).toBe(FailureClass.BAD_INPUT);
    expect(JSON.parse(fail!.errorJson)).toMatchObject({ code: 'AGENT_BAD_TASK', details: { field: 'unit range' } });
  });

  it('looks at what the store has before it commits, and writes over what is not the object that its name says', async () => {
    coordinator.leases.push(lease('s1', 1n));
    void start();
    const [object] = (await coordinator.seen('complete'))[0]!.objects;
    const whole = objects.get(object!.key)!;
    for (const damaged of [whole.slice(0, 5), whole.map((byte) => byte ^ 1)]) {
      objects.set(object!.key, damaged);
      const before = (await coordinator.seen('complete')).length;
      coordinator.leases.push(lease('s1', 2n));
      await coordinator.seen('complete', before + 1);
      expect(objects.get(object!.key)).toEqual(whole);
    }
  });

  it('fails a shard whose object the store does not keep as it was written', async () => {
    coordinator.leases.push(lease('s1', 1n));
    void start({ stored: (content) => content.slice(1) });
    const [fail] = await coordinator.seen('fail');
    expect(fail!.failureClass).toBe(FailureClass.TRANSIENT);
    expect(JSON.parse(fail!.errorJson)).toMatchObject({ code: 'AGENT_OBJECT_DIFFERS', details: { actual: '20 bytes' } });
    expect(coordinator.calls.some(({ name }) => name === 'complete')).toBe(false);
  });

  it('tries an upload again that failed for the store\'s sake', async () => {
    coordinator.leases.push(lease('s1', 1n));
    let tries = 0;
    void start({ put: async () => { if (++tries < 3) throw atlasError('BLOBS_UNREACHABLE', 'UNAVAILABLE'); } });
    await coordinator.seen('complete');
    expect(tries).toBe(3);
  });

  it('waits under its lease for a store that is away, when it writes and when its engine reads', async () => {
    coordinator.leases.push(lease('s1', 1n), lease('s2', 1n, 'no-store'));
    let tries = 0;
    void start({ put: async () => { if (++tries < 12) throw atlasError('BLOBS_UNREACHABLE', 'UNAVAILABLE'); } });
    const completed = await coordinator.seen('complete', 2);
    expect(completed.map(({ shardId }) => shardId)).toEqual(['s1', 's2']);
    expect(coordinator.calls.some(({ name }) => name === 'fail')).toBe(false);
    // Every try of the engine wrote its checkpoint anew, each into a file of its own.
    await coordinator.seen('acquire', 2);
    expect(await readdir(scratchDir)).toEqual([]);
  });

  it('gives a shard up when its patience with the store is at an end', async () => {
    coordinator.leases.push(lease('s1', 1n));
    void start({ storePatienceMs: 200, put: async () => { throw atlasError('BLOBS_UNREACHABLE', 'UNAVAILABLE'); } });
    const [fail] = await coordinator.seen('fail');
    expect(fail!.failureClass).toBe(FailureClass.TRANSIENT);
  });

  it('reports a store that refuses for good', async () => {
    coordinator.leases.push(lease('s1', 1n));
    void start({ put: async () => { throw atlasError('BLOBS_DENIED', 'PERMISSION_DENIED'); } });
    const [fail] = await coordinator.seen('fail');
    expect(fail!.failureClass).toBe(FailureClass.INFRA);
    expect(JSON.parse(fail!.errorJson).code).toBe('BLOBS_DENIED');
  });

  it('repeats calls that are not answered, a poll under the same request id', async () => {
    coordinator.failures.register = ['UNAVAILABLE', 'UNAVAILABLE'];
    coordinator.failures.acquire = ['UNAVAILABLE'];
    coordinator.failures.complete = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL'];
    coordinator.leases.push(lease('s1', 1n));
    void start();
    const completed = await coordinator.seen('complete');
    expect(completed.map(({ shardId }) => shardId)).toEqual(['s1']);
  });

  it('gets the same leases again when the answer to a poll was lost', async () => {
    coordinator.lostGrants = 2;
    coordinator.leases.push(lease('s1', 1n));
    void start();
    await coordinator.seen('complete');
    const polls = await coordinator.seen('acquire', 3);
    expect(new Set(polls.slice(0, 3).map(({ requestId }) => requestId)).size).toBe(1);
  });

  it('asks for more with the commit of the last shard that it holds, and works on what it gets without a poll', async () => {
    coordinator.leases.push(lease('s1', 1n), lease('s2', 1n));
    void start({ put: async () => { if (coordinator.calls.at(-1)!.name === 'acquire') coordinator.leases.push(lease('s3', 7n, 'slow')); } });
    await coordinator.until(() => coordinator.progressSeen.some(({ shardId, fraction }) => shardId === 's3' && fraction > 0));
    const completed = await coordinator.seen('complete', 2);
    expect(completed.map(({ next }) => next)).toEqual([undefined, { requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), maxLeases: 64, targetSeconds: 90 }]);
    expect(coordinator.calls.map(({ name }) => name)).toEqual(['register', 'acquire', 'complete', 'complete']);
  });

  it('gets the same leases again when the answer to a commit that asked for them was lost', async () => {
    coordinator.leases.push(lease('s1', 1n));
    void start({ put: async () => { if (coordinator.leases.length === 0 && coordinator.calls.at(-1)!.name === 'acquire') { coordinator.lostGrants = 2; coordinator.leases.push(lease('s2', 1n)); } } });
    const completed = await coordinator.seen('complete', 4);
    expect(completed.map(({ shardId }) => shardId)).toEqual(['s1', 's1', 's1', 's2']);
    expect(new Set(completed.slice(0, 3).map(({ next }) => next!.requestId)).size).toBe(1);
  });

  it('polls after a commit where the coordinator does not know that it may be asked with one', async () => {
    coordinator.knowsNext = false;
    coordinator.leases.push(lease('s1', 1n));
    void start({ put: async () => { if (coordinator.calls.at(-1)!.name === 'acquire') coordinator.leases.push(lease('s2', 1n)); } });
    await coordinator.seen('complete', 2);
    expect(coordinator.calls.slice(0, 5).map(({ name }) => name)).toEqual(['register', 'acquire', 'complete', 'acquire', 'complete']);
  });

  it('gives back what a commit got that it was told of while it was asked to stop', async () => {
    coordinator.leases.push(lease('s1', 1n));
    const running = start({ put: async () => { coordinator.lostGrants = 1; coordinator.leases.push(lease('s2', 5n)); } });
    await coordinator.seen('complete');
    stop.abort();
    await running;
    expect((await coordinator.seen('release'))[0]).toMatchObject({ leases: [{ shardId: 's2', fence: 5n }], reason: 'drain' });
    expect(coordinator.calls.map(({ name }) => name)).toEqual(['register', 'acquire', 'complete', 'complete', 'release']);
  });

  it('opens a new session when the coordinator does not take the end of a lease, so that the shard is not stuck', async () => {
    coordinator.failures.complete = ['FAILED_PRECONDITION'];
    coordinator.leases.push(lease('s1', 1n));
    void start();
    await coordinator.seen('register', 2);
    coordinator.leases.push(lease('s1', 2n));
    const completed = await coordinator.seen('complete');
    expect(completed).toMatchObject([{ session: 'session-2', fence: 2n }]);
  });

  it('takes a fenced commit as it is and goes on', async () => {
    coordinator.commitResult = CommitResult.FENCED;
    coordinator.leases.push(lease('s1', 1n), lease('s2', 1n));
    void start();
    await coordinator.seen('complete', 2);
    expect(coordinator.calls.some(({ name }) => name === 'fail' || name === 'release')).toBe(false);
  });

  it('outlives a restart of the coordinator in the middle of a shard', async () => {
    coordinator.leaseTtlMs = 20_000;
    coordinator.leases.push(lease('s1', 1n));
    let uploaded = (): void => undefined;
    const uploading = new Promise<void>((resolve) => { uploaded = resolve; });
    void start({ put: async () => { coordinator.stop(); uploaded(); } });
    await uploading;
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    await coordinator.restart();
    const [complete] = await coordinator.seen('complete');
    expect(complete).toMatchObject({ session: 'session-1', shardId: 's1' });
    coordinator.leases.push(lease('s2', 2n));
  });

  it('waits for a coordinator that comes later', async () => {
    coordinator.stop();
    void start({ connectTimeoutMs: 30_000 });
    await new Promise((resolve) => { setTimeout(resolve, 200); });
    await coordinator.restart();
    await coordinator.seen('register');
  });

  it('gives up on a coordinator that does not come', async () => {
    coordinator.stop();
    await expect(start({ connectTimeoutMs: 100 })).rejects.toMatchObject({
      code: 'AGENT_COORDINATOR_UNREACHABLE', details: { address: `127.0.0.1:${coordinator.port}` },
    });
  });

  it('says why when its engine does not start', async () => {
    await expect(start({ cacheDir: 'die' })).rejects.toMatchObject({ code: 'AGENT_ENGINE_NOT_STARTED', message: expect.stringContaining('exit code 3') });
  });

  it('releases its shard when it is asked to stop, and ends', async () => {
    coordinator.leases.push(lease('s1', 3n, 'slow'));
    const running = start();
    await coordinator.until(() => coordinator.progressSeen.length > 0);
    stop.abort();
    await running;
    const [release] = await coordinator.seen('release');
    expect(release).toMatchObject({ leases: [{ shardId: 's1', fence: 3n }], reason: 'drain' });
    expect(coordinator.calls.at(-1)!.name).toBe('release');
    expect(objects.size).toBe(0);
  });

  it('works through its leases in their order, names all of them from the beginning, and gives back in one call those that it has not begun when it is asked to stop', async () => {
    coordinator.leases.push(lease('s1', 1n), lease('s2', 2n, 'slow'), lease('s3', 3n), lease('s4', 4n));
    const running = start();
    await coordinator.until(() => coordinator.progressSeen.some(({ shardId, fraction }) => shardId === 's2' && fraction > 0));
    expect(new Set(coordinator.progressSeen.map(({ shardId }) => shardId))).toEqual(new Set(['s1', 's2', 's3', 's4']));
    stop.abort();
    await running;
    expect((await coordinator.seen('acquire'))[0]).toMatchObject({ maxLeases: 64, targetSeconds: 90 });
    expect((await coordinator.seen('complete')).map(({ shardId }) => shardId)).toEqual(['s1']);
    expect((await coordinator.seen('release', 2)).map(({ leases }) => leases.map(({ shardId }) => shardId))).toEqual([['s2'], ['s3', 's4']]);
  });

  it('keeps what is finished of its shard when it is asked to stop, beside what earlier holders had, and leaves no scratch file', async () => {
    const earlier = { key: 'checkpoints/conv1/earlier.parquet', bytes: 7n, sha256: 'ab'.repeat(32), rows: 2n, kind: 'synthesis', layer: 'conv1' };
    coordinator.leases.push({ ...lease('s1', 3n, 'checkpoints'), finished: [earlier] });
    const running = start({ drainMs: 60_000 });
    await coordinator.until(() => coordinator.progressSeen.some(({ fraction }) => fraction > 0));
    stop.abort();
    await running;
    const [release] = await coordinator.seen('release');
    const [key] = [...objects.keys()];
    const content = 'half of conv1, after checkpoints/conv1/earlier.parquet';
    expect(objects.size).toBe(1);
    expect(Buffer.from(objects.get(key!)!).toString()).toBe(content);
    expect(release).toMatchObject({ reason: 'drain', leases: [{ shardId: 's1', fence: 3n, finished: [earlier, { key, bytes: BigInt(content.length), rows: 4n, layer: 'conv1' }] }] });
    expect(await readdir(scratchDir)).toEqual([]);
  });

  it('gives back at once what it has not begun when others want it, in one call, and does not begin it', async () => {
    coordinator.leases.push(lease('s1', 1n, 'slow'), lease('s2', 2n), lease('s3', 3n), lease('s4', 4n));
    void start();
    await coordinator.until(() => coordinator.progressSeen.some(({ shardId, fraction }) => shardId === 's1' && fraction > 0));
    for (const shardId of ['s2', 's4']) coordinator.wanted.add(shardId);
    const [release] = await coordinator.seen('release');
    expect(release).toMatchObject({ reason: 'yield', leases: [{ shardId: 's2', fence: 2n, finished: [] }, { shardId: 's4', fence: 4n, finished: [] }] });
    coordinator.progressSeen.length = 0;
    await coordinator.until(() => coordinator.progressSeen.length >= 4);
    expect(new Set(coordinator.progressSeen.map(({ shardId }) => shardId))).toEqual(new Set(['s1', 's3']));
    coordinator.wanted.add('s1'); // of one batch: it is worked on to its end
    await coordinator.until(() => coordinator.heartbeats > 20);
    expect(coordinator.calls.filter(({ name }) => name === 'release')).toHaveLength(1);
  });

  it('stops a shard of several batches that others want, keeps what is finished of it, and goes on with its next', async () => {
    coordinator.leases.push(lease('s1', 3n, 'checkpoints', {}, 2), lease('s2', 1n));
    void start();
    await coordinator.until(() => coordinator.progressSeen.some(({ fraction }) => fraction > 0));
    coordinator.wanted.add('s1');
    const [release] = await coordinator.seen('release');
    const [key] = [...objects.keys()];
    expect(key).toMatch(/^checkpoints\//);
    expect(release).toMatchObject({ reason: 'yield', leases: [{ shardId: 's1', fence: 3n, finished: [{ key, rows: 4n }] }] });
    expect((await coordinator.seen('complete')).map(({ shardId }) => shardId)).toEqual(['s2']);
    await coordinator.seen('acquire', 2);
    expect(await readdir(scratchDir)).toEqual([]);
    expect(coordinator.calls.filter(({ name }) => name === 'register')).toHaveLength(1);
  });

  it('commits what it uploads already, though others want it', async () => {
    coordinator.leases.push(lease('s1', 1n, 'work', {}, 2));
    void start({ put: async () => {
      coordinator.wanted.add('s1');
      const beats = coordinator.heartbeats;
      await coordinator.until(() => coordinator.heartbeats > beats + 3);
    } });
    await coordinator.seen('complete');
    expect(coordinator.calls.map(({ name }) => name).slice(0, 3)).toEqual(['register', 'acquire', 'complete']);
  });

  it('gives its shard back in time though the store does not take what is finished of it', async () => {
    coordinator.leases.push(lease('s1', 3n, 'checkpoints'));
    const running = start({ put: () => Promise.reject(atlasError('BLOBS_UNREACHABLE', 'UNAVAILABLE')) });
    await coordinator.until(() => coordinator.progressSeen.some(({ fraction }) => fraction > 0));
    stop.abort();
    await running;
    expect((await coordinator.seen('release'))[0]).toMatchObject({ leases: [{ shardId: 's1', finished: [] }] });
  });

  it('keeps nothing of a shard that is cancelled', async () => {
    coordinator.leases.push(lease('s1', 3n, 'checkpoints'));
    void start();
    await coordinator.until(() => coordinator.progressSeen.some(({ fraction }) => fraction > 0));
    coordinator.directive = DirectiveKind.CANCEL;
    expect((await coordinator.seen('release'))[0]).toMatchObject({ leases: [{ shardId: 's1', finished: [] }], reason: 'yield' });
    expect(objects.size).toBe(0);
    await vi.waitFor(async () => { expect(await readdir(scratchDir)).toEqual([]); });
  });

  it('finishes an upload that has begun when it is asked to stop', async () => {
    coordinator.leases.push(lease('s1', 1n));
    await start({ put: async () => { stop.abort(); await new Promise((resolve) => { setTimeout(resolve, 50); }); } });
    expect(coordinator.calls.map(({ name }) => name)).toEqual(['register', 'acquire', 'complete']);
  });

  it('gives back what a poll was granted in the moment of the stop', async () => {
    const running = start();
    await coordinator.seen('acquire');
    coordinator.leases.push(lease('s1', 1n));
    stop.abort();
    await running;
    const granted = coordinator.leases.length === 0;
    expect(coordinator.calls.filter(({ name }) => name === 'release' || name === 'complete')).toHaveLength(granted ? 1 : 0);
  });

  it('stops in time though the coordinator is silent', async () => {
    coordinator.leases.push(lease('s1', 1n, 'slow'));
    const running = start();
    await coordinator.until(() => coordinator.progressSeen.length > 0);
    coordinator.silent = true;
    stop.abort();
    await running;
    coordinator.silent = false;
    expect(coordinator.calls.some(({ name }) => name === 'release')).toBe(false);
  });

  it('ends after a poll without work if it was asked to', async () => {
    coordinator.leaseTtlMs = 300;
    coordinator.leases.push(lease('s1', 1n));
    await start({ exitWhenIdle: true });
    expect(coordinator.calls.map(({ name }) => name)).toEqual(['register', 'acquire', 'complete', 'acquire']);
  });
});

interface Wanted {
  readonly stored?: (content: Uint8Array) => Uint8Array;
  readonly onRegistered?: AgentOptions['onRegistered'];
  readonly observer?: AgentOptions['observer'];
  readonly put?: () => Promise<void>;
  readonly connectTimeoutMs?: number;
  readonly exitWhenIdle?: boolean;
  readonly stallMs?: number;
  readonly storePatienceMs?: number;
  readonly drainMs?: number;
  readonly cacheDir?: string;
}

function start({ put = async () => undefined, stored = (content) => content, onRegistered = () => undefined, connectTimeoutMs = 30_000, exitWhenIdle = false, stallMs = 60_000, storePatienceMs = 60_000, drainMs = 500, cacheDir = '', observer = nobody }: Wanted = {}): Promise<void> {
  const store: Pick<BlobStore, 'put' | 'stat' | 'get'> = {
    put: async (key, content, options) => {
      await put();
      const existed = objects.has(key);
      if (options?.ifAbsent === true && existed) return 'existed';
      objects.set(key, stored(content));
      return existed ? 'existed' : 'written';
    },
    stat: async (key) => { const found = objects.get(key); return found === undefined ? undefined : { bytes: found.length, etag: '' }; },
    get: async (key) => objects.get(key)!,
  };
  agent = runAgent({
    coordinator: `127.0.0.1:${coordinator.port}`, agentId: 'agent-1', node: 'node-1', version: '1.2.3', exitWhenIdle, connectTimeoutMs, engineScript,
    engineSetup: { provider: 'cpu', threads: undefined, plugins: { packages: [], from: cacheDir }, cacheDir, scratchDir },
    openStore: () => store as BlobStore,
    log: pino({ level: 'silent' }),
    timing: { ...defaultTiming, pollMs: 5_000, callMs: 1_000, backoffBaseMs: 10, backoffMaxMs: 100, stallMs, storePatienceMs, cancelGraceMs: 200, drainMs },
    random: () => 0.5,
    onRegistered,
    onEngineLine: () => undefined,
    observer,
  }, stop.signal);
  return agent;
}

/** The behaviour is the fake engine's; it makes 8 units. */
function lease(shardId: string, fence: bigint, behaviour = 'work', task: Partial<ShardTask> = {}, batch = 8): Lease {
  const whole = {
    seq: 0, stage: 'synthesis', layer: 'conv1', unitStart: 0, unitEnd: 8, view: 0, cost: 1, sweepId: 'sweep-1',
    plan: {
      version: 1, modelName: 'net', modelSha256: '0'.repeat(64), layers: [{ id: 'conv1', units: 8 }],
      spec: { name: `${behaviour}:`, output: 'anywhere', views: { synthesis: [{ batch }] } },
    },
    ...task,
  };
  return { shardId, sweepId: 'sweep-1', fence, taskJson: JSON.stringify(whole), attempt: 1, traceParent: '', finished: [] };
}

const atlasError = (code: string, grpc: 'UNAVAILABLE' | 'PERMISSION_DENIED'): AtlasError =>
  new AtlasError({ code, message: 'as the test wants it', help: 'none', grpc, details: {} });
