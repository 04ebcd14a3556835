import type { Lease, LeaseProgress } from '@neuron-atlas/proto';
import type { EngineProgress } from '../engine/protocol.js';
import { Stopped, type StopReason } from './stop-reason.js';

/** A lease that this agent works under, and for how long it may still believe in it. */
export class HeldLease {
  readonly lease: Lease;
  readonly #stop = new AbortController();
  readonly #yield = new AbortController();
  #progress: EngineProgress = { phase: 'fetch', unitsDone: 0, unitsTotal: 0, fraction: 0 };
  #begun: { readonly at: number; readonly batch: number } | undefined;
  #trustedUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(lease: Lease, trustedUntil: number) {
    this.lease = lease;
    this.trust(trustedUntil);
  }

  /** Aborts with a `Stopped` when the work must end at once. */
  get signal(): AbortSignal { return this.#stop.signal; }

  /** Aborts with a `Stopped` when the work may end for others' sake. An upload that has begun does not hear of it. */
  get yielding(): AbortSignal { return this.#yield.signal; }

  /** Its work begins, `batch` units at once; infinite where what is done of it cannot be kept. */
  begin(batch: number): void { this.#begun = { at: performance.now(), batch }; }

  /** Asks the work to end, unless it is in its last batch: that is done here sooner than by anybody else. */
  askToYield(): void {
    const { unitsDone, unitsTotal } = this.#progress;
    if (this.#begun === undefined || unitsTotal - unitsDone <= this.#begun.batch || this.#yield.signal.aborted) return;
    this.#yield.abort(new Stopped('yielded'));
  }

  /**
   * Believes in the lease until a moment of this process's monotonic clock (`performance.now()`), not beyond.
   *
   * Counted by the caller from when it sent the request that renewed the lease: the answer may have been late.
   */
  trust(until: number): void {
    if (until < this.#trustedUntil || this.signal.aborted) return;
    this.#trustedUntil = until;
    this.#arm();
  }

  /** Throws `Stopped` if the work must end. A process that stood still finds out here, before its timers run. */
  assertTrusted(): void {
    this.#check();
    this.signal.throwIfAborted();
  }

  stop(reason: StopReason): void {
    clearTimeout(this.#timer);
    if (!this.signal.aborted) this.#stop.abort(new Stopped(reason));
  }

  /** Ends the self-fencing: from here on the coordinator decides whether the result counts. */
  settle(): void { clearTimeout(this.#timer); }

  report(progress: EngineProgress): void { this.#progress = progress; }

  get progress(): LeaseProgress {
    const { phase, unitsDone, unitsTotal, fraction } = this.#progress;
    const begunSeconds = this.#begun === undefined ? 0 : (performance.now() - this.#begun.at) / 1000;
    return { shardId: this.lease.shardId, fence: this.lease.fence, unitsDone, unitsTotal, phase, stepsDone: fraction, begunSeconds };
  }

  /** Again where the timer ran too early: timers count from when their loop last looked at the clock, in a busy process some milliseconds ago. */
  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#check();
      if (!this.signal.aborted) this.#arm();
    }, Math.max(0, this.#trustedUntil - performance.now()) + 1);
  }

  #check(): void {
    if (performance.now() >= this.#trustedUntil) this.stop('fenced');
  }
}
