import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from './errors.js';

/**
 * A folder of this process's own, `<root>/<agent>.<pid>`, empty; what dead processes of the same agent left is removed.
 *
 * AGENT_DISK_FAILED where it cannot be made.
 */
export async function createScratchFolder(root: string, agentId: string, pid: number, isAlive: (pid: number) => boolean = processLives): Promise<string> {
  const own = join(root, `${agentId}.${pid}`);
  try {
    await mkdir(root, { recursive: true });
    for (const name of await readdir(root)) {
      const owner = name.startsWith(`${agentId}.`) ? name.slice(agentId.length + 1) : '';
      // In a container every agent has the same pid, so a folder of our own pid is a predecessor's.
      if (/^\d+$/.test(owner) && (Number(owner) === pid || !isAlive(Number(owner)))) await rm(join(root, name), { recursive: true, force: true });
    }
    await mkdir(own);
  } catch (cause) {
    throw errors.diskFailed({ path: own, detail: (cause as Error).message }, cause);
  }
  return own;
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
