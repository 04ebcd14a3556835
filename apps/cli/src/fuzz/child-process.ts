import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Reply, Request } from './outcome.js';

export interface Limits {
  readonly memoryBytes: number;
  /** Of processor time, so that a busy machine makes no difference. */
  readonly cpuMs: number;
  /** Of anything, waiting included. */
  readonly wallMs: number;
}

/** Why a child did not answer. */
export interface Broken {
  readonly broken: 'crash' | 'hang' | 'memory';
  readonly detail: string;
}

/**
 * A process that answers one request at a time and may die of it; the next request starts another.
 *
 * Memory is what the process holds (RSS), looked at ten times a second and at its peak after every answer; its JavaScript
 * heap is bounded besides. Processor time is read from the system (Linux; elsewhere the clock on the wall alone counts).
 */
export function createChild(program: string, limits: Limits): { ask(request: Request): Promise<Reply | Broken> } & Disposable {
  let child: ChildProcess | undefined;
  let asked = 0;
  const start = (): Promise<ChildProcess> => new Promise((resolve, reject) => {
    const made = fork(program, [], { execArgv: ['--max-old-space-size=1536'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'advanced' });
    made.once('error', reject);
    made.once('exit', (code, signal) => reject(new Error(`a child ended at its start: ${code ?? signal}`)));
    made.once('message', () => { made.removeAllListeners('exit'); resolve(made); });
  });
  const stop = (): void => { child?.removeAllListeners(); child?.kill('SIGKILL'); child = undefined; };
  return {
    async ask(request) {
      // A process that has seen many files holds memory of theirs: a fresh one is cheap.
      if (asked++ % 200 === 199) stop();
      const running = child ??= await start();
      const pid = running.pid!;
      const cpuBefore = cpuMsOf(pid);
      const begun = performance.now();
      let said = '';
      const hear = (chunk: Buffer): void => { said = (said + chunk.toString()).slice(-2000); };
      running.stderr!.on('data', hear);
      try {
        return await new Promise<Reply | Broken>((resolve) => {
          const done = (reply: Reply | Broken): void => {
            clearInterval(watch);
            running.removeAllListeners('message').removeAllListeners('exit');
            if ('broken' in reply) stop();
            resolve(reply);
          };
          const watch = setInterval(() => {
            const [rss, cpu, wall] = [rssOf(pid), cpuMsOf(pid) - cpuBefore, performance.now() - begun];
            if (rss > limits.memoryBytes) done({ broken: 'memory', detail: `${Math.round(rss / 2 ** 20)} MiB` });
            else if (cpu > limits.cpuMs || wall > limits.wallMs) done({ broken: 'hang', detail: `${Math.round(cpu)} ms of processor time, ${Math.round(wall)} ms in all` });
          }, 100);
          running.once('message', (reply: Reply) => done(reply.peakBytes > limits.memoryBytes ? { broken: 'memory', detail: `${Math.round(reply.peakBytes / 2 ** 20)} MiB at the peak` } : reply));
          running.once('exit', (code, signal) => done({ broken: 'crash', detail: `${code ?? signal}; ${said.trim()}` }));
          running.send(request);
        });
      } finally {
        running.stderr!.off('data', hear);
      }
    },
    [Symbol.dispose]: stop,
  };
}

function rssOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it has just ended, or this is not Linux: its own peak is looked at when it answers
  }
}

/** utime + stime, in hundredths of a second on every Linux. */
function cpuMsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}
