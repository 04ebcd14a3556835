import { rm } from 'node:fs/promises';
import type { BlobStore } from '@neuron-atlas/blobs';
import { describe, type AtlasErrorJson } from '@neuron-atlas/errors';
import { CommitResult, FailOutcome, type Lease, type ManifestObject, type NextLeases } from '@neuron-atlas/proto';
import type { ShardStats, ShardTask } from '@neuron-atlas/spec';
import { inSpan, phaseSpans } from '@neuron-atlas/telemetry/tracing';
import type { Logger } from 'pino';
import type { PublishObject } from '@neuron-atlas/atlas';
import type { EngineJob, EnginePart, EngineProgress, EngineResult } from '../engine/protocol.js';
import { errors } from '../errors.js';
import { awaitStore } from './await-store.js';
import type { CoordinatorLink } from './coordinator-link.js';
import type { EngineHost } from './engine-host.js';
import { failureClass } from './failure-class.js';
import type { HeldLease } from './held-lease.js';
import type { LeaseSession } from './lease-session.js';
import type { AgentObserver } from './observer.js';
import { parseTask } from './parse-task.js';
import { ProgressWatchdog } from './progress-watchdog.js';
import { Stopped, type StopReason } from './stop-reason.js';
import type { Timing } from './timing.js';
import { toErrorJson } from '../to-error-json.js';
import { uploadParts } from './upload-parts.js';

export interface ShardDeps {
  readonly link: CoordinatorLink;
  readonly engine: EngineHost;
  readonly openStore: (url: string) => BlobStore | Promise<BlobStore>;
  readonly log: Logger;
  readonly timing: Timing;
  readonly random: () => number;
  readonly provider: string;
  readonly device: string;
  readonly observer: AgentObserver;
  /** Asked to stop: the engine is ended, an upload that has begun may finish. */
  readonly drain: AbortSignal;
  /** The stop takes too long: everything ends. */
  readonly force: AbortSignal;
}

export type ShardOutcome = 'committed' | 'fenced' | 'failed' | StopReason;

/**
 * Works on one leased shard to its end, which the coordinator has heard of when this settles: a commit, a failure or a
 * release. Where it cannot be told, the session is abandoned, which frees the shard.
 *
 * With `next` a commit asks for more; gives what it got.
 */
export async function workOnShard(deps: ShardDeps, session: LeaseSession, held: HeldLease, next?: NextLeases): Promise<readonly Lease[]> {
  const { lease } = held;
  const about: ShardAbout = { stage: 'unknown', model: 'unknown', units: 0 };
  deps.observer.phase('load');
  const { outcome, granted = [] } = await inSpan('shard', { 'atlas.sweep': lease.sweepId, 'atlas.shard': lease.shardId, 'atlas.fence': Number(lease.fence) }, () => work(deps, session, held, next, about), lease.traceParent);
  deps.observer.shardEnded({ ...about, outcome });
  return granted;
}

interface Worked { readonly outcome: ShardOutcome; readonly granted?: readonly Lease[] }

/** What is known of a shard once its task was read and worked on. */
interface ShardAbout { stage: string; model: string; units: number }

async function work(deps: ShardDeps, session: LeaseSession, held: HeldLease, next: NextLeases | undefined, about: ShardAbout): Promise<Worked> {
  const { lease } = held;
  const log = deps.log.child({ sweep: lease.sweepId, shard: lease.shardId, fence: String(lease.fence), attempt: lease.attempt });
  let result: EngineResult | undefined;
  const checkpoints: EnginePart[] = [];
  let output = '';
  try {
    held.assertTrusted();
    deps.drain.throwIfAborted();
    const task = parseTask(lease.shardId, lease.taskJson);
    Object.assign(about, { stage: task.stage, model: task.plan.modelName });
    output = task.plan.spec.output;
    held.begin(task.stage === 'synthesis' ? task.plan.spec.views.synthesis[task.view]!.batch : Number.POSITIVE_INFINITY);
    log.info({ stage: task.stage, layer: task.layer, view: task.view, unitStart: task.unitStart, unitEnd: task.unitEnd }, 'shard begun');
    result = await awaitStore(() => compute(deps, held, task, checkpoints), { ...deps, log }, AbortSignal.any([held.signal, held.yielding, deps.drain]));
    held.assertTrusted();
    about.units = result.unitsDone;
    deps.observer.phase('upload');
    held.report({ phase: 'upload', unitsDone: result.unitsDone, unitsTotal: result.unitsDone, fraction: 1 });
    const uploading = AbortSignal.any([held.signal, deps.force]);
    const store = await deps.openStore(task.plan.spec.output);
    const { parts } = result;
    const uploaded = await inSpan('upload', { 'atlas.objects': parts.length }, () => uploadParts({ ...deps, store, log }, parts, uploading));
    deps.observer.uploaded(uploaded.reduce((total, { bytes }) => total + bytes, 0));
    held.assertTrusted();
    held.settle();
    return await commit(deps, session, held, { objects: [...uploaded, ...result.objects], result, next }, log);
  } catch (error) {
    if (error instanceof Stopped) {
      const keeps = (error.reason === 'draining' || error.reason === 'yielded') && result === undefined;
      const finished = keeps ? await storeCheckpoints(deps, session, output, checkpoints, error.reason === 'draining' ? deps.timing.drainMs / 2 : deps.timing.callMs, log) : [];
      return { outcome: await giveBack(deps, session, held, error.reason, finished, log) };
    }
    return { outcome: await fail(deps, session, held, error, log) };
  } finally {
    session.drop(held);
    for (const { path } of [...result?.parts ?? [], ...checkpoints]) await rm(path, { force: true });
  }
}

/** Stages that work on what others committed. */
const onCommitted: ReadonlySet<string> = new Set(['merge', 'projections', 'quality', 'publish']);
const readsManifest = ({ stage, view, plan }: ShardTask): boolean => onCommitted.has(stage) || (stage === 'synthesis' && plan.fromExemplars?.includes(view) === true);

async function compute(deps: ShardDeps, held: HeldLease, task: ShardTask, checkpoints: EnginePart[]): Promise<EngineResult> {
  const stalled = new AbortController();
  const signal = AbortSignal.any([held.signal, held.yielding, deps.drain, stalled.signal]);
  const settled = readsManifest(task) ? await fetchSettled(deps, task.sweepId, signal) : { manifest: [], failures: [] };
  await deps.engine.ready(signal);
  let phase = 'start';
  using spans = phaseSpans();
  using watchdog = new ProgressWatchdog(patienceMs(deps.timing.stallMs, task.plan.modelBytes), (silentMs) => {
    stalled.abort(errors.engineStalled({ phase, silentMs }));
    // A hung kernel hears no message.
    void deps.engine.kill();
  });
  const finished = held.lease.finished.map((object) => ({ ...object, bytes: Number(object.bytes), rows: Number(object.rows) }));
  return await deps.engine.run({ task, ...settled, finished }, (progress: EngineProgress) => {
    phase = progress.phase;
    if (progress.finished !== undefined) checkpoints.push(progress.finished);
    spans.enter(phase);
    deps.observer.phase(phase === 'fetch' || phase === 'compile' ? 'load' : phase === 'upload' ? 'upload' : 'compute');
    watchdog.see(progress);
    held.report(progress);
  }, signal);
}

/** A model beyond 2 GiB is loaded in one piece, in which nobody hears of the engine: ten megabytes a second is what any machine does. */
export const patienceMs = (stallMs: number, modelBytes: number): number => stallMs + (modelBytes > 2 ** 31 ? modelBytes / 10_000 : 0);

/** What a sweep has come to: the objects that count, and the shards that were given up. */
async function fetchSettled({ link, timing }: ShardDeps, sweepId: string, signal: AbortSignal): Promise<Pick<EngineJob, 'manifest' | 'failures'>> {
  const limits = { deadlineMs: 6 * timing.callMs, signal };
  const { objects } = await link.persist('GetManifest', (clients, options) => clients.sweeps.getManifest({ sweepId }, options), limits);
  const { shards } = await link.persist('ListQuarantine', (clients, options) => clients.sweeps.listQuarantine({ sweepId }, options), limits);
  return {
    manifest: objects.map((object) => ({ ...object, bytes: Number(object.bytes), rows: Number(object.rows) })),
    failures: shards.flatMap(({ stage, layer, unitStart, unitEnd, errorJson }) =>
      (stage === 'merge' || stage === 'projections' || stage === 'synthesis' || stage === 'quality' ? [{ stage, layer, unitStart, unitEnd, ...reasonOf(errorJson) }] : [])),
  };
}

function reasonOf(errorJson: string): { readonly code: string; readonly message: string } {
  const { code = 'UNKNOWN', message = 'the shard was given up, the reason was not recorded' } = (errorJson === '' ? {} : JSON.parse(errorJson)) as Partial<AtlasErrorJson>;
  return { code, message };
}

interface Report { readonly objects: readonly PublishObject[]; readonly result: EngineResult; readonly next: NextLeases | undefined }

async function commit(deps: ShardDeps, session: LeaseSession, held: HeldLease, { objects, result: { unitsDone, seconds }, next }: Report, log: Logger): Promise<Worked> {
  const stats: ShardStats = { unitsDone, seconds, provider: deps.provider, device: deps.device };
  const request = {
    session: session.id,
    shardId: held.lease.shardId,
    fence: held.lease.fence,
    objects: objects.map(toWire),
    statsJson: JSON.stringify(stats),
    next: deps.drain.aborted ? undefined : next, // the same in every try, for the answer to one may have been lost
  };
  const answer = await tell(deps, session, 'CompleteShard', (clients, options) => clients.agents.completeShard(request, options), log);
  if (answer === undefined) return { outcome: 'session-lost' };
  const committed = answer.result === CommitResult.COMMITTED || answer.result === CommitResult.ALREADY_COMMITTED;
  if (committed) log.info({ unitsDone, seconds }, 'shard committed');
  else log.warn({ result: answer.result }, 'the shard belongs to somebody else by now, its result does not count');
  return { outcome: committed ? 'committed' : 'fenced', granted: answer.leases };
}

const toWire = (object: PublishObject): ManifestObject => ({ ...object, bytes: BigInt(object.bytes), rows: BigInt(object.rows) });

async function fail(deps: ShardDeps, session: LeaseSession, held: HeldLease, error: unknown, log: Logger): Promise<ShardOutcome> {
  const cls = failureClass(error);
  const json = toErrorJson(error);
  log.error({ class: cls, error: json }, 'shard failed');
  const answer = await tell(deps, session, 'FailShard', (clients, options) => clients.agents.failShard({
    session: session.id, shardId: held.lease.shardId, fence: held.lease.fence, failureClass: cls, errorJson: JSON.stringify(json),
  }, options), log);
  if (answer?.outcome === FailOutcome.QUARANTINED) log.error('the shard is quarantined');
  return 'failed';
}

/**
 * Puts what is finished of a shard into the store, for whoever gets it next; none where there is nothing, or no time for it. The rest of the
 * time of a stop is for telling the coordinator; one who yields is waited for by others.
 */
async function storeCheckpoints(deps: ShardDeps, session: LeaseSession, output: string, checkpoints: readonly EnginePart[], limitMs: number, log: Logger): Promise<readonly PublishObject[]> {
  // A shard that was tried again, while its store was away, has written some of them more than once.
  const parts = [...new Map(checkpoints.map((part) => [part.key, part])).values()];
  if (parts.length === 0) return [];
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Stopped('draining')), limitMs);
  try {
    return await uploadParts({ ...deps, store: await deps.openStore(output), log }, parts, AbortSignal.any([deps.force, session.lost, late.signal]));
  } catch (error) {
    log.warn({ why: describe(error) }, 'what is finished of the shard could not be kept and will be made again');
    return [];
  } finally {
    clearTimeout(timer);
  }
}

async function giveBack(deps: ShardDeps, session: LeaseSession, held: HeldLease, reason: StopReason, finished: readonly PublishObject[], log: Logger): Promise<ShardOutcome> {
  log[reason === 'yielded' ? 'info' : 'warn']({ reason, checkpoints: finished.length }, 'shard stopped');
  session.drop(held);
  if (reason !== 'lost' && reason !== 'session-lost') {
    await tell(deps, session, 'ReleaseLeases', (clients, options) => clients.agents.releaseLeases({
      session: session.id, reason: reason === 'draining' ? 'drain' : 'yield',
      leases: [{ shardId: held.lease.shardId, fence: held.lease.fence, finished: finished.length === 0 ? [] : [...held.lease.finished, ...finished.map(toWire)] }],
    }, options), log);
  }
  return reason;
}

/** A call that ends a lease: repeated until it is answered, the session is lost, or a stop takes too long. */
async function tell<T>(deps: ShardDeps, session: LeaseSession, name: string, call: Parameters<typeof deps.link.persist<T>>[1], log: Logger): Promise<T | undefined> {
  const signal = AbortSignal.any([session.lost, deps.force]);
  try {
    return await deps.link.persist(name, call, { deadlineMs: deps.timing.callMs, signal });
  } catch (error) {
    if (signal.aborted) return undefined;
    // The lease would stay ours as long as we heartbeat; a new session frees it.
    log.error({ call: name, error: toErrorJson(error) }, 'the coordinator does not take the end of this lease, opening a new session');
    session.abandon();
    return undefined;
  }
}
