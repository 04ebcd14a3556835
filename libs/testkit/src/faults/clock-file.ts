import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const library = 'libfaketime.so.1';

/** Debian's libfaketime, where it is installed. */
export function findFaketime(root = '/usr/lib'): string | undefined {
  return readdirSync(root).map((name) => join(root, name, 'faketime', library)).find((path) => existsSync(path));
}

export interface ClockFile {
  /** For the process whose wall clock it is, and its children. Their monotonic clock stays true. */
  readonly env: Readonly<Record<string, string>>;
  /** The wall clock jumps to so many seconds from the true one. */
  set(seconds: number): void;
}

/** A wall clock that can be set while a process runs under it, by libfaketime. */
export function clockFile(faketime: string, path: string): ClockFile {
  const set = (seconds: number): void => { writeFileSync(path, `${seconds < 0 ? '' : '+'}${seconds}s\n`); };
  set(0);
  return { env: { LD_PRELOAD: faketime, FAKETIME_TIMESTAMP_FILE: path, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' }, set };
}
