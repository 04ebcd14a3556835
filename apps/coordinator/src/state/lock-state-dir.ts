import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errors } from '../errors.js';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.js';

export interface StateLock {
  /** Gives the directory up; the next holder need not check whether we live. */
  release(): void;
}

/**
 * Takes a data directory for this process, or throws COORDINATOR_STATE_LOCKED with the process that has it.
 *
 * A lock whose process is dead is taken over, one whose process lives never. Lock files are numbered, `lock.1`, `lock.2`,
 * …: the highest counts and is never removed, only succeeded, so that of two processes that find the same dead owner one
 * gets the next number (a hard link is made or it is not) and the other sees it. Unlinking a dead lock and creating a new
 * one, as pid files usually do, lets both win.
 */
export function lockStateDir(directory: string): StateLock {
  const me = identityOf(process.pid);
  if (me === undefined) throw new Error('unreachable: this process does not live');
  for (;;) {
    const last = highest(directory);
    if (last > 0) {
      const holder = read(join(directory, `lock.${last}`));
      if (holder === 'gone') continue; // succeeded and removed between the two looks
      if (holder !== 'free' && isAlive(holder)) throw errors.stateLocked({ directory, pid: holder.pid });
    }
    const mine = last + 1;
    if (!create(directory, mine, me)) continue;
    // Between our look and our link others may have come and gone: only the highest number counts.
    if (highest(directory) > mine) {
      rmSync(join(directory, `lock.${mine}`), { force: true });
      continue;
    }
    for (const number of numbers(directory)) if (number < mine) rmSync(join(directory, `lock.${number}`), { force: true });
    return { release: () => write(directory, `lock.${mine}`, 'free', renameSync) };
  }
}

function numbers(directory: string): readonly number[] {
  return readdirSync(directory).flatMap((name) => {
    const number = /^lock\.(\d{1,15})$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

const highest = (directory: string): number => numbers(directory).reduce((most, number) => Math.max(most, number), 0);

function read(path: string): ProcessIdentity | 'free' | 'gone' {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
    throw error;
  }
  if (text.trim() === 'free') return 'free';
  try {
    const { pid, startTime } = JSON.parse(text) as Partial<ProcessIdentity>;
    return { pid: Number(pid), startTime: String(startTime ?? '') };
  } catch {
    return 'free'; // lock files appear whole (by link or rename), so a broken one is not ours
  }
}

function create(directory: string, number: number, owner: ProcessIdentity): boolean {
  try {
    write(directory, `lock.${number}`, JSON.stringify(owner), (from, to) => { linkSync(from, to); rmSync(from); });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function write(directory: string, name: string, text: string, put: (from: string, to: string) => void): void {
  const draft = join(directory, `${name}.${randomUUID()}.tmp`);
  writeFileSync(draft, `${text}\n`, { flag: 'wx', mode: 0o600 });
  try {
    put(draft, join(directory, name));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
