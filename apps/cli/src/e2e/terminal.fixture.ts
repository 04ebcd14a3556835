import * as pty from '@lydell/node-pty';
import headless from '@xterm/headless';
import { program } from './small-sweep.fixture.js';

export interface TerminalSize { readonly columns: number; readonly rows: number }

/** One place of the screen: its sign, and its colours as 0xRRGGBB where they are true colours. */
export interface Cell { readonly text: string; readonly ink: number | undefined; readonly ground: number | undefined }

/**
 * A command in a pseudo-terminal, with a terminal behind it that draws what the command sends: tests read the screen as a person
 * does, after bars have been drawn over each other and colours set.
 */
export class TerminalCommand {
  readonly ended: Promise<number>;
  readonly #process: pty.IPty;
  readonly #screen: headless.Terminal;
  #heard: () => void = () => undefined;
  #exitCode: number | undefined;

  constructor(args: readonly string[], cwd: string, { columns = 120, rows = 40 }: Partial<TerminalSize> = {}) {
    const { CI: _, NO_COLOR: __, NEURON_ATLAS_COORDINATOR: ___, ...env } = process.env;
    this.#screen = new headless.Terminal({ cols: columns, rows, scrollback: 2000, allowProposedApi: true });
    // What a process writes last may be lost when the terminal closes with it: a shell stays behind, tells by the terminal's title how
    // the command ended, after all that it wrote, and waits to be told that this was read.
    const script = 'trap : INT; "$@"; printf "\\033]0;ended %d\\007" $?; read -r _';
    this.#process = pty.spawn('/bin/sh', ['-c', script, 'sh', process.execPath, program, ...args], { name: 'xterm-256color', cols: columns, rows, cwd, env: { ...env, TERM: 'xterm-256color' } });
    this.#process.onData((data) => this.#screen.write(data, () => this.#heard()));
    this.ended = new Promise((resolve) => {
      this.#screen.onTitleChange((title) => {
        const code = /^ended (\d+)$/.exec(title)?.[1];
        if (code === undefined) return;
        this.#exitCode = Number(code);
        this.#process.write('\n');
        this.#heard();
        resolve(Number(code));
      });
    });
  }

  /** Every line so far, those that have scrolled away included, without what is blank at the ends. */
  lines(): readonly string[] {
    const { active } = this.#screen.buffer;
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
  }

  text(): string { return this.lines().join('\n').trimEnd(); }

  cell(y: number, x: number): Cell {
    const cell = this.#screen.buffer.active.getLine(y)?.getCell(x);
    return {
      text: cell?.getChars() ?? '',
      ink: cell?.isFgRGB() === true ? cell.getFgColor() : undefined,
      ground: cell?.isBgRGB() === true ? cell.getBgColor() : undefined,
    };
  }

  /** Waits until the screen shows something; fails with the screen where the command ends without it. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.text());
      if (found !== null) return found;
      if (this.#exitCode !== undefined) throw new Error(`the command ended with ${this.#exitCode} and never showed ${String(pattern)}:\n${this.text()}`);
      await new Promise<void>((resolve) => { this.#heard = resolve; });
    }
  }

  /** Ctrl-C, as from the keyboard. */
  interrupt(): void { this.#process.write('\u0003'); }
}

/** Runs a command to its end on a terminal and gives it with its exit code. */
export async function onTerminal(args: readonly string[], cwd: string, size: Partial<TerminalSize> = {}): Promise<{ readonly code: number; readonly screen: TerminalCommand }> {
  const screen = new TerminalCommand(args, cwd, size);
  return { code: await screen.ended, screen };
}
