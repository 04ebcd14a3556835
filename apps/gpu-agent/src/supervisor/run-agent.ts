import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobStore } from '@neuron-atlas/blobs';
import { describe } from '@neuron-atlas/errors';
import type { Lease } from '@neuron-atlas/proto';
import type { TokenSource } from '@neuron-atlas/proto/bearer';
import type { TlsFiles } from '@neuron-atlas/proto/tls';
import type { Logger } from 'pino';
import type { EngineReady, EngineSetup } from '../engine/protocol.js';
import { toErrorJson } from '../to-error-json.js';
import { backoffMs } from './backoff.js';
import { CoordinatorLink } from './coordinator-link.js';
import { EngineHost } from './engine-host.js';
import type { HeldLease } from './held-lease.js';
import { LeaseSession } from './lease-session.js';
import type { AgentObserver } from './observer.js';
import { Stopped } from './stop-reason.js';
import type { Timing } from './timing.js';
import { workOnShard, type ShardDeps } from './work-on-shard.js';

export interface AgentOptions {
  readonly coordinator: string;
  readonly tls?: TlsFiles | undefined;
  /** Shown with every call; absent: the certificate says who calls. */
  readonly token?: TokenSource | undefined;
  readonly agentId: string;
  readonly node: string;
  readonly version: string;
  readonly exitWhenIdle: boolean;
  /** How long the first registration may wait for a coordinator. */
  readonly connectTimeoutMs: number;
  readonly engineScript: string;
  readonly engineSetup: EngineSetup;
  readonly openStore: (url: string) => BlobStore | Promise<BlobStore>;
  readonly log: Logger;
  readonly timing: Timing;
  /** Uniform in 0..1: for jitter only, never for results. */
  readonly random: () => number;
  readonly onRegistered: (who: { readonly agent: string; readonly session: string }) => void;
  readonly onEngineLine: (line: string) => void;
  readonly observer: AgentObserver;
}

/**
 * An agent's life: register, lease a shard, work, commit, until `stop` aborts (or, if so asked, until there is no work).
 *
 * A stop releases what is leased and takes at most `timing.drainMs` more. Rejects with AGENT_COORDINATOR_UNREACHABLE
 * or the coordinator's refusal of a registration, or the engine's reason for not starting.
 */
export async function runAgent(options: AgentOptions, stop: AbortSignal): Promise<void> {
  const { log, timing, random, observer } = options;
  const [drain, force] = stopSignals(stop, timing.drainMs);
  drain.addEventListener('abort', observer.draining, { once: true });
  using link = new CoordinatorLink({ address: options.coordinator, tls: options.tls, token: options.token, log, timing, random });
  await using engine = new EngineHost({
    script: options.engineScript, setup: options.engineSetup, startMs: timing.engineStartMs, cancelGraceMs: timing.cancelGraceMs, onLine: options.onEngineLine, onStart: observer.engineStarted,
  }, log);
  drain.addEventListener('abort', () => void engine.kill(), { once: true });
  try {
    const ready = await engine.ready(drain);
    const deps: ShardDeps = { link, engine, openStore: options.openStore, log, timing, random, provider: ready.provider, device: ready.device, observer, drain, force };
    let first = true;
    let shortLived = 0;
    while (!drain.aborted) {
      if (shortLived > 0) await sleep(backoffMs(shortLived, timing.backoffBaseMs, timing.backoffMaxMs, random), undefined, { signal: drain });
      await using session = await register(options, link, ready, drain, first ? options.connectTimeoutMs : undefined);
      first = false;
      const startedAt = performance.now();
      if (await serve(options, deps, session) === 'idle') return;
      // Two agents under one name would otherwise throw each other out as fast as they can.
      shortLived = performance.now() - startedAt < session.ttlMs ? shortLived + 1 : 1;
    }
  } catch (error) {
    if (!drain.aborted) throw error;
  }
}

async function register(options: AgentOptions, link: CoordinatorLink, ready: EngineReady, signal: AbortSignal, giveUpAfterMs: number | undefined): Promise<LeaseSession> {
  const { log, timing, random } = options;
  // A fresh incarnation for each session: the coordinator then frees whatever an earlier one still held.
  const request = {
    agentId: options.agentId, incarnation: randomUUID(), node: options.node, version: options.version,
    provider: ready.provider, device: ready.device, plugins: [...ready.plugins],
  };
  let askedAt = 0;
  const terms = await link.persist('Register', (clients, call) => {
    askedAt = performance.now();
    return clients.agents.register(request, call);
  }, {
    deadlineMs: timing.callMs, signal, ...(giveUpAfterMs === undefined ? {} : { giveUpAfterMs }),
  });
  log.info({ agent: options.agentId, session: terms.session, leaseTtlMs: terms.leaseTtlMs, heartbeatEveryMs: terms.heartbeatEveryMs }, 'registered');
  options.onRegistered({ agent: options.agentId, session: terms.session });
  return new LeaseSession({ terms: { ...terms, askedAt }, link, log, timing, random, observer: options.observer });
}

/** Works under one session until it is lost, the agent drains, or there is nothing to do. */
async function serve(options: AgentOptions, deps: ShardDeps, session: LeaseSession): Promise<'over' | 'idle'> {
  while (!deps.drain.aborted && !session.lost.aborted) {
    const requestId = randomUUID();
    let leases: readonly Lease[];
    deps.observer.phase('idle');
    try {
      leases = await acquire(deps, session, requestId, AbortSignal.any([deps.drain, session.lost]));
    } catch (error) {
      if (deps.drain.aborted) await releaseUnseen(deps, session, requestId);
      else if (!session.lost.aborted) {
        deps.log.warn({ error: toErrorJson(error) }, 'no leases to be had, opening a new session');
        session.abandon();
      }
      return 'over';
    }
    if (leases.length === 0 && options.exitWhenIdle) return 'idle';
    // All are held, and named in heartbeats, from now on; they are worked on in their order. The commit of the last one asks for more.
    const held = leases.map((lease) => session.hold(lease)); // those that are not begun yet
    const yielding: Promise<void>[] = [];
    session.onYield((asked) => {
      const unbegun = asked.filter((each) => held.includes(each));
      for (const each of asked) if (!unbegun.includes(each)) each.askToYield();
      yielding.push(dropUnbegun(deps, session, held, unbegun, 'yield'));
    });
    try {
      for (let next = held.shift(); next !== undefined; next = deps.drain.aborted || session.lost.aborted ? undefined : held.shift()) {
        const more = await workOnShard(deps, session, next, held.length === 0 ? { requestId: randomUUID(), ...wanted } : undefined);
        held.push(...more.map((lease) => session.hold(lease)));
        deps.engine.assertStartable();
      }
    } finally {
      await dropUnbegun(deps, session, held, [...held], 'drain');
      await Promise.all(yielding);
    }
  }
  return 'over';
}

/** What one request should bring: long beside the loading of a program, short beside a lost agent's work. */
const wanted = { maxLeases: 64, targetSeconds: 90 };

async function acquire({ link, timing }: ShardDeps, session: LeaseSession, requestId: string, signal: AbortSignal, pollMs = timing.pollMs): Promise<readonly Lease[]> {
  // Part of a session's life: an answer that was lost is asked for again before what it gave can end with the session.
  const waitMs = Math.floor(Math.min(pollMs, session.ttlMs / 3));
  const { leases } = await link.persist('AcquireLeases', (clients, options) =>
    clients.agents.acquireLeases({ session: session.id, requestId, ...wanted, waitMs }, options), { deadlineMs: waitMs + timing.callMs, signal });
  return leases;
}

/** The poll that a stop cut short may have been granted leases: the same request id tells, and they go back. */
async function releaseUnseen(deps: ShardDeps, session: LeaseSession, requestId: string): Promise<void> {
  try {
    const signal = AbortSignal.any([deps.force, session.lost]);
    await giveBack(deps, session, await acquire(deps, session, requestId, signal, 0), 'drain');
  } catch (error) {
    deps.log.warn({ why: describe(error) }, 'stopping without word from the coordinator: leases end by themselves');
  }
}

/** Takes leases out of those that are held and gives them back. */
async function dropUnbegun(deps: ShardDeps, session: LeaseSession, held: HeldLease[], unbegun: readonly HeldLease[], reason: 'drain' | 'yield'): Promise<void> {
  for (const each of unbegun) {
    held.splice(held.indexOf(each), 1);
    session.drop(each);
  }
  if (unbegun.length > 0 && reason === 'yield') deps.log.info({ leases: unbegun.length }, 'giving leases back: other agents have nothing to do');
  await giveBack(deps, session, unbegun.map(({ lease }) => lease), reason);
}

/** Returns leases that were not begun. Where the coordinator does not hear of it they end by themselves. */
async function giveBack(deps: ShardDeps, session: LeaseSession, leases: readonly Lease[], reason: 'drain' | 'yield'): Promise<void> {
  if (leases.length === 0 || session.lost.aborted) return;
  try {
    await deps.link.persist('ReleaseLeases', (clients, options) => clients.agents.releaseLeases({
      session: session.id, leases: leases.map(({ shardId, fence }) => ({ shardId, fence })), reason,
    }, options), { deadlineMs: deps.timing.callMs, signal: AbortSignal.any([deps.force, session.lost]) });
  } catch (error) {
    deps.log.warn({ why: describe(error) }, 'could not give leases back: they end by themselves');
  }
}

function stopSignals(stop: AbortSignal, drainMs: number): [drain: AbortSignal, force: AbortSignal] {
  const [drain, force] = [new AbortController(), new AbortController()];
  const begin = (): void => {
    drain.abort(new Stopped('draining'));
    setTimeout(() => force.abort(new Stopped('draining')), drainMs).unref();
  };
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true });
  return [drain.signal, force.signal];
}
