import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identityOf } from '../state/process-identity.js';
import { stopOrphan } from './stop-orphan.js';

it.runIf(process.platform === 'linux')('leaves a process alone that only has the number of an old server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'orphan-'));
  const bystander = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(bystander, 'spawn');
  writeFileSync(join(folder, 'postmaster.pid'), `${bystander.pid}\n${folder}\n`);
  expect(await stopOrphan(folder)).toBeUndefined();
  expect(identityOf(bystander.pid!)).toBeDefined();
  bystander.kill('SIGKILL');
  await once(bystander, 'exit');
  expect(await stopOrphan(folder)).toBeUndefined();
  rmSync(folder, { recursive: true });
});
