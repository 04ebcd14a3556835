import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAtlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Command, descendants, fileHashes, neuronAtlas, writeSmallSweep } from './small-sweep.fixture.js';

let folder: string;
let undisturbed: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-resume-'));
  await writeSmallSweep(join(folder, 'undisturbed'), './atlas');
  const { code, stderr } = await neuronAtlas(['run', 'sweep.yaml'], join(folder, 'undisturbed'));
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  undisturbed = await fileHashes(join(folder, 'undisturbed', 'atlas'));
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts the sweep in a folder of its own and waits until its first shard has written its part. */
async function startSweep(name: string): Promise<{ command: Command; home: string }> {
  const home = join(folder, name);
  await writeSmallSweep(home, './atlas');
  const command = new Command(['run', 'sweep.yaml'], home);
  while (!existsSync(join(home, 'atlas', 'synthesis'))) {
    if (command.child.exitCode !== null) throw new Error(`the sweep ended too early:\n${(await command.ended).stderr}`);
    await sleep(20);
  }
  return { command, home };
}

async function finishes(home: string): Promise<void> {
  const { code, stdout, stderr } = await neuronAtlas(['run', 'sweep.yaml'], home);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/units\s+30/);
  const hashes = Object.entries(await fileHashes(join(home, 'atlas')));
  // Whoever was stopped in a shard has left its checkpoints, which stay until `gc` (docs/decisions/0159); they are no part of an atlas.
  expect(Object.fromEntries(hashes.filter(([path]) => !path.startsWith('checkpoints/')))).toEqual(undisturbed);
}

describe('neuron-atlas run', { timeout: 300_000 }, () => {
  it('makes an atlas in which no unit is missing and none is there twice', async () => {
    const atlas = await openAtlas(await openStore(join(folder, 'undisturbed', 'atlas')));
    expect(atlas.manifest.totals).toMatchObject({ layers: 4, units: 30, pictures: 30 });
    expect((await atlas.verify()).problems).toEqual([]);
  });

  it('finds its atlas complete when it is run again, and touches nothing', async () => {
    const home = join(folder, 'undisturbed');
    const { code, stdout, stderr } = await neuronAtlas(['run', 'sweep.yaml'], home);
    expect({ code, said: stdout + stderr }).toEqual({ code: 0, said: expect.stringContaining('complete already') });
    expect(await fileHashes(join(home, 'atlas'))).toEqual(undisturbed);
  });

  it('resumes to the same bytes after everything was killed at once', async () => {
    const { command, home } = await startSweep('everything');
    await command.killAll();
    await finishes(home);
  });

  it('resumes to the same bytes after it was killed three times', async () => {
    const { command, home } = await startSweep('thrice');
    await command.killAll();
    for (const delay of [1_500, 4_000]) {
      const again = new Command(['run', 'sweep.yaml'], home);
      await Promise.race([sleep(delay), again.ended]);
      if (again.child.exitCode === null) await again.killAll();
    }
    await finishes(home);
  });

  it.each([['coordinator', '/bin/neuron-atlas-coordinator'], ['agent', '/bin/neuron-atlas-agent'], ['database', '/native/bin/postgres']])('resumes to the same bytes after the %s was killed', async (which, word) => {
    const { command, home } = await startSweep(`killed-${which}`);
    const victims = await descendants(command.child.pid!, word);
    expect(victims.length).toBeGreaterThan(0);
    for (const pid of victims) try { process.kill(pid, 'SIGKILL'); } catch (error) { expect((error as NodeJS.ErrnoException).code).toBe('ESRCH'); }
    const { code, stderr } = await command.ended;
    // The run may end in the moment of the kill; if not, it says what died and what to do.
    if (code !== 0) expect(stderr).toMatch(/^[A-Z_]+: /m);
    await finishes(home);
  });

  it('goes on by itself after the engine was killed, to the same bytes', async () => {
    const { command, home } = await startSweep('one-process-less');
    const engines = await descendants(command.child.pid!, '/dist/engine/');
    expect(engines.length).toBeGreaterThan(0);
    for (const pid of engines) process.kill(pid, 'SIGKILL');
    const { code, stderr } = await command.ended;
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(await fileHashes(join(home, 'atlas'))).toEqual(undisturbed);
  });
});
