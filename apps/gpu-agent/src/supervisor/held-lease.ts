import type { Lease, LeaseProgress } from '@neuron-atlas/proto';
import type { EngineProgress } from '../engine/protocol.js';
import { Stopped, type StopReason } from './stop-reason.js';

/** A lease that this agent works under, and for how long it may still believe in it. */
export class HeldLease {
  readonly lease: Lease;
  readonly #stop = new AbortController();
  #progress: EngineProgress = { phase: 'fetch', unitsDone: 0, unitsTotal: 0, fraction: 0 };
  #trustedUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(lease: Lease, trustedUntil: number) {
    this.lease = lease;
    this.trust(trustedUntil);
  }

  /** Aborts with a `Stopped` when the work must end at once. */
  get signal(): AbortSignal { return this.#stop.signal; }

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
    return { shardId: this.lease.shardId, fence: this.lease.fence, unitsDone, unitsTotal, phase, stepsDone: fraction };
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
