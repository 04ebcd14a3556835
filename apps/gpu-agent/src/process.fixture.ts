import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

type Message = Readonly<Record<string, unknown>>;

/** A compiled program of this workspace as a process, and the JSON lines that it writes. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly #seen: Message[] = [];
  #look: () => void = () => undefined;
  #over = false;

  /** `script` is relative to this folder. */
  constructor(script: string, args: readonly string[]) {
    this.child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        try {
          this.#seen.push(JSON.parse(line) as Message);
        } catch {
          this.#seen.push({ line });
        }
        this.#look();
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.#over = true;
        this.#look();
        resolve({ code, signal });
      });
    });
  }

  /** The newest line that has a field; an error with all lines if the process ends without one. */
  async line(field: string): Promise<Message> {
    for (;;) {
      const found = this.#seen.findLast((message) => field in message);
      if (found !== undefined) return found;
      if (this.#over) throw new Error(`the process ended without a line with ${field}:\n${this.#seen.map((message) => JSON.stringify(message)).join('\n')}`);
      await new Promise<void>((resolve) => { this.#look = resolve; });
    }
  }

  /** SIGTERM, and its end. */
  async stop(): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
