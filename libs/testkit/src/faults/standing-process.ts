import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export type LogLine = Readonly<Record<string, unknown>>;

export interface StandingProcess extends AsyncDisposable {
  /** Of the life that runs now; undefined between two. */
  readonly pid: number | undefined;
  /** Lives that have begun. */
  readonly lives: number;
  /** Sends a signal to the life that runs now; false where none does. */
  signal(signal: NodeJS.Signals): boolean;
  /** Ends it for good, in order. */
  stop(): Promise<void>;
  /** Ends it for good, at once: a machine that is gone. */
  kill(): Promise<void>;
}

const pauseMs = 200;

/** A program that is started again whenever it ends, as Kubernetes would; what it writes goes to a file, its JSON lines to `onLine`. */
export function standingProcess(
  command: readonly string[],
  { env, logFile, onLine }: { readonly env: NodeJS.ProcessEnv; readonly logFile: string; readonly onLine: (line: LogLine) => void },
): StandingProcess {
  const log = createWriteStream(logFile, { flags: 'a' });
  let child: ChildProcess | undefined;
  let lives = 0;
  let over = false;
  const live = async (): Promise<void> => {
    while (!over) {
      lives++;
      const life = spawn(command[0]!, command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }); // with the channel it ends when we do
      child = life;
      for (const stream of [life.stdout!, life.stderr!]) {
        createInterface({ input: stream }).on('line', (line) => {
          log.write(`${line}\n`);
          if (line.startsWith('{')) try { onLine(JSON.parse(line) as LogLine); } catch { /* a line that a kill cut off */ }
        });
      }
      // Not `close`: a child of its own may hold the pipes for a moment longer.
      await new Promise((resolve) => { life.once('exit', resolve).once('error', resolve); });
      child = undefined;
      if (!over) await sleep(pauseMs);
    }
  };
  const living = live();
  const signal = (wanted: NodeJS.Signals): boolean => child?.kill(wanted) === true;
  const stop = async (): Promise<void> => {
    over = true;
    signal('SIGCONT');
    signal('SIGTERM');
    const late = setTimeout(() => signal('SIGKILL'), 20_000);
    await living;
    clearTimeout(late);
    log.end();
  };
  const kill = async (): Promise<void> => {
    over = true;
    signal('SIGKILL');
    await living;
    log.end();
  };
  return { get pid() { return child?.pid; }, get lives() { return lives; }, signal, stop, kill, [Symbol.asyncDispose]: stop };
}
