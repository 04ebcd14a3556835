import { setTimeout as sleep } from 'node:timers/promises';
import { isAtlasError, type GrpcCode } from '@neuron-atlas/errors';
import { DirectiveKind, type HeartbeatResponse, type Lease } from '@neuron-atlas/proto';
import type { Logger } from 'pino';
import type { CoordinatorLink } from './coordinator-link.js';
import { HeldLease } from './held-lease.js';
import type { AgentObserver } from './observer.js';
import { Stopped } from './stop-reason.js';
import type { Timing } from './timing.js';

export interface SessionTerms {
  readonly session: string;
  /** When it was asked for (monotonic, milliseconds). */
  readonly askedAt: number;
  readonly leaseTtlMs: number;
  readonly heartbeatEveryMs: number;
}

/** Answers to a heartbeat that mean: this session is not known. */
const unknownSession: readonly GrpcCode[] = ['NOT_FOUND', 'FAILED_PRECONDITION', 'UNAUTHENTICATED', 'PERMISSION_DENIED'];

/**
 * A registration with the coordinator, kept alive by heartbeats on their own timer, and the leases held under it.
 *
 * Directives and self-fencing reach the work through each lease's signal.
 */
export class LeaseSession implements AsyncDisposable {
  readonly id: string;
  readonly #link: CoordinatorLink;
  readonly #log: Logger;
  readonly #timing: Timing;
  readonly #random: () => number;
  readonly #observer: AgentObserver;
  readonly #heartbeatEveryMs: number;
  readonly #held = new Map<string, HeldLease>();
  readonly #lost = new AbortController();
  readonly #closed = new AbortController();
  readonly #beating: Promise<void>;
  #ttlMs: number;
  /** When the request was sent that the coordinator last heard the session live by. */
  #renewedAt: number;
  #seq = 0n;
  #nudge = new AbortController();
  #onYield: (asked: readonly HeldLease[]) => void = () => {};

  constructor(options: { readonly terms: SessionTerms; readonly link: CoordinatorLink; readonly log: Logger; readonly timing: Timing; readonly random: () => number; readonly observer: AgentObserver }) {
    this.id = options.terms.session;
    this.#ttlMs = options.terms.leaseTtlMs;
    this.#renewedAt = options.terms.askedAt;
    this.#heartbeatEveryMs = options.terms.heartbeatEveryMs;
    this.#link = options.link;
    this.#log = options.log;
    this.#timing = options.timing;
    this.#random = options.random;
    this.#observer = options.observer;
    this.#observer.registered();
    this.#beating = this.#beat();
  }

  /** Aborts when the coordinator no longer knows the session: register again. */
  get lost(): AbortSignal { return this.#lost.signal; }
  get ttlMs(): number { return this.#ttlMs; }

  /** Takes up a lease, which lives as long as the session does whenever it was given, and tells the coordinator at once. */
  hold(lease: Lease): HeldLease {
    const held = new HeldLease(lease, this.#renewedAt + this.#trustMs);
    this.#held.set(lease.shardId, held);
    this.#nudge.abort();
    return held;
  }

  /** Hears which leases the coordinator wants back for others, those of one heartbeat at once; again with each one until they are dropped. */
  onYield(listener: (asked: readonly HeldLease[]) => void): void { this.#onYield = listener; }

  /** No longer mentions a lease in heartbeats. */
  drop(held: HeldLease): void {
    held.settle();
    if (this.#held.get(held.lease.shardId) === held) this.#held.delete(held.lease.shardId);
  }

  /** Gives up the session: all work under it stops, and the agent registers anew, which frees what is still leased. */
  abandon(): void {
    if (this.lost.aborted) return;
    this.#observer.sessionLost();
    for (const held of this.#held.values()) held.stop('session-lost');
    this.#lost.abort(new Stopped('session-lost'));
    this.#closed.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    for (const held of this.#held.values()) held.settle();
    await this.#beating;
  }

  get #trustMs(): number { return this.#ttlMs * this.#timing.trustShare; }

  async #beat(): Promise<void> {
    // The first beat comes early: a fresh session may be about to get its first lease.
    let waitMs = this.#heartbeatEveryMs * this.#random();
    while (await this.#wait(waitMs)) {
      const sent = new Map(this.#held);
      const sentAt = performance.now();
      const request = { session: this.id, seq: ++this.#seq, leases: [...sent.values()].map((held) => held.progress) };
      try {
        const response = await this.#link.once((clients, options) => clients.agents.heartbeat(request, options), {
          deadlineMs: Math.min(this.#timing.callMs, Math.max(this.#heartbeatEveryMs, this.#ttlMs / 3)),
          signal: this.#closed.signal,
        });
        this.#observer.heartbeat((performance.now() - sentAt) / 1000);
        this.#obey(response, sent, sentAt);
        // Up to a tenth earlier than asked, so that many agents do not beat in step.
        waitMs = this.#heartbeatEveryMs * (1 - 0.1 * this.#random());
      } catch (error) {
        if (this.#closed.signal.aborted) return;
        if (!isAtlasError(error)) throw error;
        this.#observer.heartbeat(undefined);
        if (unknownSession.includes(error.grpc)) {
          this.#log.warn({ code: error.code, detail: error.message }, 'the coordinator does not know the session');
          return this.abandon();
        }
        this.#log.warn({ code: error.code, detail: error.message }, 'heartbeat failed');
        waitMs = Math.min(1_000, this.#heartbeatEveryMs / 4) * (0.5 + 0.5 * this.#random());
      }
    }
  }

  #obey(response: HeartbeatResponse, sent: ReadonlyMap<string, HeldLease>, sentAt: number): void {
    if (response.sessionLost) {
      this.#log.warn('the coordinator ended the session');
      return this.abandon();
    }
    if (response.leaseTtlMs > 0) this.#ttlMs = response.leaseTtlMs;
    const yields: HeldLease[] = [];
    for (const directive of response.directives) {
      const held = sent.get(directive.shardId);
      if (held === undefined || held.lease.fence !== directive.fence) continue;
      if (directive.kind === DirectiveKind.CANCEL) held.stop('cancelled');
      if (directive.kind === DirectiveKind.LOST) held.stop('lost');
      if (directive.kind === DirectiveKind.YIELD && this.#held.get(directive.shardId) === held) yields.push(held);
    }
    this.#renewedAt = sentAt;
    // Only what this heartbeat named is known to be ours still.
    for (const held of sent.values()) held.trust(sentAt + this.#trustMs);
    if (yields.length > 0) this.#onYield(yields);
  }

  /** False when the session is closed. A new lease ends the wait early. */
  async #wait(waitMs: number): Promise<boolean> {
    const nudge = this.#nudge.signal;
    await sleep(waitMs, undefined, { signal: AbortSignal.any([this.#closed.signal, nudge]) }).catch(() => undefined);
    if (nudge.aborted) this.#nudge = new AbortController();
    return !this.#closed.signal.aborted;
  }
}
