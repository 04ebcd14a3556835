import { existsSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '../errors.js';
import { identityOf, isAlive } from '../state/process-identity.js';

/**
 * Stops the PostgreSQL that a killed coordinator left running in `dataDir`; returns its pid, or undefined for none.
 *
 * Call it only while holding the lock of the state directory: then whoever runs there has lost its coordinator. An
 * immediate shutdown loses nothing that was committed; the next start replays the log.
 */
export async function stopOrphan(dataDir: string, waitMs = 20_000): Promise<number | undefined> {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const orphan = identityOf(pid);
  if (orphan === undefined || !worksIn(pid, dataDir)) return undefined;
  signal(pid, 'SIGQUIT');
  for (const until = Date.now() + waitMs; isAlive(orphan);) {
    if (Date.now() > until) throw errors.postgresOrphan({ directory: dataDir, pid });
    await sleep(20);
  }
  return pid;
}

// The number in a stale postmaster.pid may be another process's by now. A postmaster works in its data directory.
function worksIn(pid: number, dataDir: string): boolean {
  if (process.platform !== 'linux') return true; // as pg_ctl does: the file is believed
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
  } catch {
    return false; // another user's process, hence not the one we started
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended by itself
  }
}
