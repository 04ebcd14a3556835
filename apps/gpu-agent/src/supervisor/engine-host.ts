import type { Logger } from 'pino';
import type { EngineJob, EngineProgress, EngineReady, EngineResult } from '../engine/protocol.js';
import { EngineProcess, type EngineOptions } from './engine-process.js';

export interface EngineHostOptions extends EngineOptions {
  /** After each child that can work; `replaced` where it follows one that died. */
  readonly onStart: (engine: { readonly replaced: boolean; readonly provider: string; readonly device: string }) => void;
}

/** The agent's engine, whichever child plays it: a dead one is replaced before the next job. */
export class EngineHost implements AsyncDisposable {
  readonly #options: EngineHostOptions;
  readonly #log: Logger;
  #engine: EngineProcess | undefined;
  #notStarted: { readonly times: number; readonly error: unknown } = { times: 0, error: undefined };

  constructor(options: EngineHostOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
  }

  /** What the engine says of itself; starts one if none lives. */
  async ready(signal: AbortSignal): Promise<EngineReady> { return (await this.#alive(signal)).ready; }

  async run(job: EngineJob, onProgress: (progress: EngineProgress) => void, signal: AbortSignal): Promise<EngineResult> {
    const engine = await this.#alive(signal);
    return engine.run(job, onProgress, signal);
  }

  /** Throws why no engine would start, after three tries in a row: the agent is of no use then. */
  assertStartable(): void {
    if (this.#notStarted.times >= 3) throw this.#notStarted.error;
  }

  /** Ends the child at once; the next job gets a fresh one. */
  async kill(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    await engine?.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> { await this.kill(); }

  async #alive(signal: AbortSignal): Promise<EngineProcess> {
    if (this.#engine !== undefined && !this.#engine.exited) return this.#engine;
    const replaced = this.#engine !== undefined;
    try {
      this.#engine = await EngineProcess.start(this.#options, signal);
    } catch (error) {
      if (!signal.aborted) this.#notStarted = { times: this.#notStarted.times + 1, error };
      throw error;
    }
    this.#notStarted = { times: 0, error: undefined };
    this.#options.onStart({ replaced, provider: this.#engine.ready.provider, device: this.#engine.ready.device });
    this.#log.info({ enginePid: this.#engine.pid, ...this.#engine.ready, replaced }, 'engine ready');
    return this.#engine;
  }
}
