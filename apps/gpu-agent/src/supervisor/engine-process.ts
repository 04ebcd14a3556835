import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AtlasError, type AtlasErrorJson } from '@neuron-atlas/errors';
import { errors } from '../errors.js';
import type { EngineJob, EngineProgress, EngineReady, EngineResult, EngineSetup, FromEngine, ToEngine } from '../engine/protocol.js';

export interface EngineOptions {
  /** Path of the script that the child runs. */
  readonly script: string;
  readonly setup: EngineSetup;
  readonly startMs: number;
  readonly cancelGraceMs: number;
  /** Gets the child's output line by line. */
  readonly onLine: (line: string) => void;
}

interface Running {
  readonly id: number;
  readonly onProgress: (progress: EngineProgress) => void;
  readonly settle: (outcome: EngineResult | AtlasErrorJson | 'cancelled') => void;
}

interface Exit { readonly exitCode: number | null; readonly signal: string | null }

const keptLines = 20;

/** One life of the engine child. It runs one job at a time, and ends with its supervisor. */
export class EngineProcess {
  readonly ready: EngineReady;
  readonly #child: ChildProcess;
  readonly #options: EngineOptions;
  readonly #exit: Promise<Exit>;
  readonly #lastLines: readonly string[];
  #exited = false;
  #running: Running | undefined;
  #phase = 'idle';
  #nextId = 1;

  /** Starts a child and waits until it can work. AGENT_ENGINE_NOT_STARTED, or the child's own error. */
  static async start(options: EngineOptions, signal: AbortSignal): Promise<EngineProcess> {
    signal.throwIfAborted();
    const child = fork(options.script, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const lastLines: string[] = [];
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        lastLines.push(line);
        if (lastLines.length > keptLines) lastLines.shift();
        options.onLine(line);
      });
    }
    // 'close' comes after the last line of output, 'exit' may come before it.
    const exit = new Promise<Exit>((resolve) => {
      child.once('close', (exitCode, exitSignal) => resolve({ exitCode, signal: exitSignal }));
    });
    const detail = (text: string): AtlasError => errors.engineNotStarted({ detail: text, lastLines: [...lastLines] });
    const ready = await new Promise<EngineReady>((resolve, reject) => {
      const timer = setTimeout(() => reject(detail(`not ready after ${options.startMs} ms`)), options.startMs);
      const abort = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        act();
      };
      child.once('error', (cause) => settle(() => reject(detail(cause.message))));
      void exit.then((end) => settle(() => reject(detail(end.signal === null ? `exit code ${end.exitCode}` : `signal ${end.signal}`))));
      child.on('message', (message: FromEngine) => {
        if (message.type === 'ready') settle(() => resolve(message.ready));
        if (message.type === 'unable') settle(() => reject(new AtlasError(message.error)));
      });
      send(child, { type: 'setup', setup: options.setup });
    }).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    return new EngineProcess(child, options, ready, exit, lastLines);
  }

  private constructor(child: ChildProcess, options: EngineOptions, ready: EngineReady, exit: Promise<Exit>, lastLines: readonly string[]) {
    this.#child = child;
    this.#options = options;
    this.ready = ready;
    this.#exit = exit;
    this.#lastLines = lastLines;
    child.on('error', (error) => options.onLine(`engine process: ${error.message}`));
    child.on('message', (message: FromEngine) => this.#receive(message));
    void exit.then((end) => {
      this.#exited = true;
      this.#running?.settle(errors.engineExited({ ...end, phase: this.#phase, lastLines: this.#lastLines }).toJSON());
    });
  }

  get pid(): number | undefined { return this.#child.pid; }
  get exited(): boolean { return this.#exited; }

  /**
   * Runs a job to its end. When this settles the child no longer works on it: a cancelled child gets a grace, then SIGKILL.
   *
   * Rejects with the job's own error, AGENT_ENGINE_EXITED, or the abort reason of `signal`.
   */
  async run(job: EngineJob, onProgress: (progress: EngineProgress) => void, signal: AbortSignal): Promise<EngineResult> {
    signal.throwIfAborted();
    const id = this.#nextId++;
    this.#phase = 'start';
    let grace: NodeJS.Timeout | undefined;
    const abort = (): void => {
      send(this.#child, { type: 'cancel', id });
      grace = setTimeout(() => this.#child.kill('SIGKILL'), this.#options.cancelGraceMs);
    };
    const outcome = await new Promise<EngineResult | AtlasErrorJson | 'cancelled'>((settle) => {
      this.#running = { id, onProgress, settle };
      signal.addEventListener('abort', abort, { once: true });
      if (this.#exited) settle(errors.engineExited({ exitCode: null, signal: null, phase: 'idle', lastLines: this.#lastLines }).toJSON());
      else send(this.#child, { type: 'run', id, job });
    });
    this.#running = undefined;
    this.#phase = 'idle';
    clearTimeout(grace);
    signal.removeEventListener('abort', abort);
    signal.throwIfAborted();
    if (outcome === 'cancelled') throw new Error('unreachable: the engine cancelled a job that nobody cancelled');
    if ('code' in outcome) throw new AtlasError(outcome);
    return outcome;
  }

  /** Ends the child at once and waits for it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  #receive(message: FromEngine): void {
    const running = this.#running;
    if (!('id' in message) || running === undefined || message.id !== running.id) return;
    if (message.type === 'progress') {
      this.#phase = message.progress.phase;
      running.onProgress(message.progress);
    }
    if (message.type === 'done') running.settle(message.result);
    if (message.type === 'failed') running.settle(message.error);
    if (message.type === 'cancelled') running.settle('cancelled');
  }
}

/** A child that is gone cannot be told anything; its end is reported by its exit. */
function send(child: ChildProcess, message: ToEngine): void {
  if (child.connected) child.send(message, () => undefined);
}
