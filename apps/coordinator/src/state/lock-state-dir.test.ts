import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockStateDir } from './lock-state-dir.js';
import { identityOf } from './process-identity.js';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'lock-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that lives until it is told otherwise. */
async function other() {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  return { identity: identityOf(child.pid!)!, end: async () => { child.kill('SIGKILL'); await once(child, 'exit'); } };
}

describe('lockStateDir', () => {
  it('takes a free directory, and another after release', () => {
    lockStateDir(folder).release();
    lockStateDir(folder).release();
    expect(readdirSync(folder)).toEqual(['lock.2']);
  });

  it('refuses one that a living process has', async () => {
    const { identity, end } = await other();
    writeFileSync(join(folder, 'lock.7'), JSON.stringify(identity));
    expect(() => lockStateDir(folder)).toThrow(expect.objectContaining({ code: 'COORDINATOR_STATE_LOCKED', details: { directory: folder, pid: identity.pid } }));
    await end();
    lockStateDir(folder);
    expect(readdirSync(folder)).toEqual(['lock.8']);
  });

  it('refuses one that this very process has', () => {
    lockStateDir(folder);
    expect(() => lockStateDir(folder)).toThrow(expect.objectContaining({ code: 'COORDINATOR_STATE_LOCKED' }));
  });

  it.runIf(process.platform === 'linux')('is not fooled by a process that was given a dead owner\'s number', async () => {
    const { identity, end } = await other();
    writeFileSync(join(folder, 'lock.1'), JSON.stringify({ ...identity, startTime: `${identity.startTime}0` }));
    lockStateDir(folder);
    await end();
  });

  it('gives a dead owner\'s directory to exactly one of many that come at once', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(join(folder, 'lock.1'), JSON.stringify({ pid: dead, startTime: '' }));
    // Racers in processes of their own: they start together at a byte on stdin and hold what they get.
    const racer = `
      import { lockStateDir } from ${JSON.stringify(new URL('../../dist/state/lock-state-dir.js', import.meta.url).href)};
      process.stdin.once('data', () => {
        try { lockStateDir(process.argv[1]); console.log('won'); } catch (error) { console.log(error.code); }
        process.stdin.on('end', () => process.exit(0));
      });
      console.log('here');`;
    const children = Array.from({ length: 6 }, () => spawn(process.execPath, ['--input-type=module', '-e', racer, folder], { stdio: ['pipe', 'pipe', 'inherit'] }));
    const said = children.map(() => '');
    const answered = children.map((child, i) => new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        said[i] += String(chunk);
        if (said[i]!.split('\n').length > 2) resolve();
      });
    }));
    const here = children.map((child) => once(child.stdout, 'data'));
    await Promise.all(here);
    for (const child of children) child.stdin.write('go');
    await Promise.all(answered);
    for (const child of children) child.stdin.end();
    await Promise.all(children.map((child) => once(child, 'exit')));
    expect(said.map((text) => text.trim().split('\n')[1]).toSorted()).toEqual([...Array.from({ length: 5 }, () => 'COORDINATOR_STATE_LOCKED'), 'won']);
  });
});
