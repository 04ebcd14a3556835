/**
 * How many steps to run between two reports: about `targetMs` of work.
 *
 * Results do not depend on it: the state of an ascent passes from chunk to chunk as it is.
 */
export class ChunkPace {
  readonly #targetMs: number;
  // Few at first: a step of a large model on a small machine may take many seconds.
  #steps = 4;

  constructor(targetMs = 2_000) { this.#targetMs = targetMs; }

  get steps(): number { return this.#steps; }

  learn(steps: number, ms: number): void {
    if (steps < 1 || !(ms > 0)) return;
    // At most fourfold at once: the first steps of a session are not typical.
    this.#steps = Math.max(1, Math.min(4 * this.#steps, Math.round((this.#targetMs * steps) / ms), 1024));
  }
}
