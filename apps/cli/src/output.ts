/** Where a command says what it found (stdout) and what it is doing (stderr). */
export interface Output {
  readonly json: boolean;
  /** Whether bars may be drawn on stderr. */
  readonly bars: boolean;
  /** Columns of the terminal, 80 where there is none. */
  readonly columns: number;
  /** Whether stdout is a terminal that shows colours. */
  readonly colours: boolean;
  /** The one result of a command: a JSON document with --json, else the lines. */
  document(value: unknown, lines: () => readonly string[]): void;
  /** One record of a stream: a line of JSON with --json, else the line. */
  record(value: unknown, line: () => string): void;
  /** What is going on, for people: on stderr, so that stdout stays the result. */
  note(line: string): void;
}

export interface Terminal {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function createOutput(terminal: Terminal, json: boolean): Output {
  const { stdout, stderr, env } = terminal;
  const dumb = env['TERM'] === 'dumb' || env['CI'] !== undefined;
  return {
    json,
    bars: stderr.isTTY === true && !dumb && !json,
    columns: stdout.columns || 80, // a pseudo-terminal may say 0
    colours: stdout.isTTY === true && !dumb && env['NO_COLOR'] === undefined,
    document: (value, lines) => void stdout.write(json ? `${toJson(value, 2)}\n` : lines().map((line) => `${line}\n`).join('')),
    record: (value, line) => void stdout.write(`${json ? toJson(value) : line()}\n`),
    note: (line) => void stderr.write(`${line}\n`),
  };
}

/** JSON in which the wire's 64-bit counts are numbers again, and bytes are left out for their length. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return Number(item);
    return item instanceof Uint8Array ? { bytes: item.length } : item;
  }, indent);
}
