import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { AtlasError, type AtlasErrorJson } from '@neuron-atlas/errors';
import { errors } from '../errors.js';

export interface ChildProcess {
  readonly pid: number;
  /** Rejects with CLI_PROCESS_DIED, or the error that the process itself reported, if it ends before `stop`. */
  readonly died: Promise<never>;
  /** Asks it to end (SIGTERM), kills it where it takes longer than `graceMs`. */
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

export interface ProcessOptions<Ready> {
  /** In words: `coordinator`, `agent local-0`. */
  readonly name: string;
  /** A JavaScript file. */
  readonly file: string;
  readonly args: readonly string[];
  /** Takes its stderr; the log of the run before is kept as `<log>.old`. */
  readonly log: string;
  /** What of its messages says that it is ready; undefined for any other message. */
  readonly ready: (message: unknown) => Ready | undefined;
  readonly readyMs: number;
}

/**
 * Starts a Node process that ends when this one does, and waits until it says that it is ready.
 *
 * It gets a session of its own, so that Ctrl-C reaches only us and we stop it in order; it stops by itself when the
 * channel to us closes, even where we were killed. Readiness comes over that channel or as a line of JSON on stdout.
 */
export async function startProcess<Ready>(options: ProcessOptions<Ready>, signal: AbortSignal): Promise<{ readonly process: ChildProcess; readonly ready: Ready }> {
  signal.throwIfAborted();
  await mkdir(dirname(options.log), { recursive: true });
  await rename(options.log, `${options.log}.old`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw errors.fileUnwritable({ path: options.log, reason: error.message }, error);
  });
  const log = openSync(options.log, 'a');
  const child = spawn(process.execPath, [options.file, ...options.args], { stdio: ['ignore', 'pipe', log, 'ipc'], detached: true });
  closeSync(log);

  let stopping = false;
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, killed) => resolve(killed === null ? `exit code ${code}` : `signal ${killed}`));
  });
  const died = ended.then(async (how): Promise<never> => {
    if (stopping) return new Promise(() => undefined);
    throw await deathOf(options, how);
  });
  died.catch(() => undefined); // whoever waits for it sees it; when nobody does any more it is no unhandled rejection

  const ready = new Promise<Ready>((resolve) => {
    const take = (message: unknown): void => {
      const value = options.ready(message);
      if (value !== undefined) resolve(value);
    };
    child.on('message', take);
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => take(jsonOrUndefined(line)));
  });
  const managed: ChildProcess = {
    pid: child.pid ?? -1,
    died,
    async stop(graceMs) {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
    kill() {
      stopping = true;
      child.kill('SIGKILL');
    },
  };

  const timeout = new AbortController();
  try {
    const late = rejectLater(options.readyMs, timeout.signal, () =>
      errors.processSilent({ process: options.name, seconds: options.readyMs / 1000, log: options.log }));
    return { process: managed, ready: await Promise.race([ready, died, late, aborted(signal)]) };
  } catch (error) {
    managed.kill();
    await ended;
    throw error;
  } finally {
    timeout.abort();
  }
}

/** What the process said of its end, in its log, else how it ended and its last words. */
async function deathOf(options: Pick<ProcessOptions<unknown>, 'name' | 'log'>, how: string): Promise<AtlasError> {
  const lines = (await readFile(options.log, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  const last = lines.slice(-20).reverse();
  // One that was killed did not come to say why; what it logged before is about something else.
  const reported = how.startsWith('exit code') ? reportedIn(lines.slice(-20)) : undefined;
  if (reported !== undefined) return new AtlasError(reported);
  const words = last.slice(0, 3).reverse().map((line) => messageOf(line).slice(0, 300));
  return errors.processDied({ process: options.name, how, log: options.log, lastLines: words });
}

/** The last catalogued error that a log ends with: a fatal record, or `CODE: message` with what to do under it. */
function reportedIn(lines: readonly string[]): AtlasErrorJson | undefined {
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index] ?? '';
    const record = jsonOrUndefined(line);
    const error = isFatal(record) ? errorIn(record) : undefined;
    if (error !== undefined) return error;
    const words = /^([A-Z]+(?:_[A-Z0-9]+)+): (.+)$/.exec(line);
    const help = lines[index + 1];
    if (words !== null && help?.startsWith('  ') === true) {
      return { code: words[1] ?? '', message: words[2] ?? '', help: help.trim(), grpc: 'UNKNOWN', details: {} };
    }
  }
  return undefined;
}

/** A catalogued error anywhere in a record of a log. */
function errorIn(value: unknown, depth = 0): AtlasErrorJson | undefined {
  if (typeof value !== 'object' || value === null || depth > 3) return undefined;
  const { code, message, help, grpc, details } = value as Partial<Record<string, unknown>>;
  if (typeof code === 'string' && /^[A-Z]+(_[A-Z0-9]+)+$/.test(code) && typeof message === 'string' && typeof help === 'string') {
    return {
      code, message, help,
      grpc: (typeof grpc === 'string' ? grpc : 'UNKNOWN') as AtlasErrorJson['grpc'],
      details: typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : {},
    };
  }
  for (const inner of Object.values(value)) {
    const found = errorIn(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** pino's level 60, or a record that has no level. */
function isFatal(record: unknown): boolean {
  const level = typeof record === 'object' && record !== null ? (record as { level?: unknown }).level : undefined;
  return level === undefined || level === 60 || level === 'fatal';
}

function messageOf(line: string): string {
  const record = jsonOrUndefined(line);
  if (typeof record !== 'object' || record === null) return line;
  const { msg } = record as { msg?: unknown };
  return typeof msg === 'string' ? msg : line;
}

function jsonOrUndefined(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined; // words that are no JSON are no message
  }
}

function rejectLater(ms: number, signal: AbortSignal, error: () => Error): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(error()), ms);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted')), { once: true });
  });
}
