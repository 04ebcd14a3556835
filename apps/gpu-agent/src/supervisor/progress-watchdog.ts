import type { EngineProgress } from '../engine/protocol.js';

/**
 * Notices an engine that lives but does not move.
 *
 * It is stalled after `stallMs` without a change, or five times the longest pause seen on this shard, if that is longer.
 */
export class ProgressWatchdog implements Disposable {
  readonly #stallMs: number;
  readonly #onStall: (silentMs: number) => void;
  #last = '';
  #movedAt = performance.now();
  #longestMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stallMs: number, onStall: (silentMs: number) => void) {
    this.#stallMs = stallMs;
    this.#onStall = onStall;
    this.#arm();
  }

  see(progress: EngineProgress): void {
    const now = JSON.stringify(progress);
    if (now === this.#last) return;
    this.#longestMs = Math.max(this.#longestMs, performance.now() - this.#movedAt);
    this.#last = now;
    this.#movedAt = performance.now();
    this.#arm();
  }

  [Symbol.dispose](): void { clearTimeout(this.#timer); }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onStall(Math.round(performance.now() - this.#movedAt)), Math.max(this.#stallMs, 5 * this.#longestMs));
  }
}
