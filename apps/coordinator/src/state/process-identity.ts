import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that can be told from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the kernel started it, in the platform's own words; empty where that cannot be read. */
  readonly startTime: string;
}

/** The identity of a process that lives now, or undefined. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  if (!exists(pid)) return undefined;
  return { pid, startTime: startTimeOf(pid) };
}

/** Whether that very process still lives: the number alone may have been given to another. */
export function isAlive(process: ProcessIdentity): boolean {
  const now = identityOf(process.pid);
  if (now === undefined) return false;
  return now.startTime === '' || process.startTime === '' || now.startTime === process.startTime;
}

function exists(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it lives, but is another user's
  }
  return !isZombie(pid);
}

// /proc/<pid>/stat: `pid (name) state … starttime` with the name free to hold blanks and brackets; starttime is field 22
// in clock ticks since boot, so the boot's own id goes with it.
function statFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // no /proc on this platform, or the process ended between two looks
  }
}

/** Ended, but not yet collected by its parent: it holds nothing any more. */
function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === 'Z';
}

function startTimeOf(pid: number): string {
  if (process.platform === 'linux') {
    const ticks = statFields(pid)?.[19];
    return ticks === undefined ? '' : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${ticks}`;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return ''; // without `ps` the number alone decides, which errs on the side of "still alive"
  }
}
