import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, expect, it } from 'vitest';
import { fileHashes, neuronAtlas, repository, writeSmallSweep } from './small-sweep.fixture.js';

const folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-processes-'));
const started: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).reverse().map((child) => new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(undefined);
    child.once('exit', resolve);
    child.kill('SIGTERM');
  })));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a program of the workspace and gives the field of the JSON line that it writes when it is ready. */
function start(bin: string, args: readonly string[], field: string): Promise<string> {
  const child = spawn(process.execPath, [join(repository, bin), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString(); });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${bin} ended with ${code}:\n${errors}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const value = (JSON.parse(line) as Readonly<Record<string, unknown>>)[field];
      if (typeof value === 'string') resolve(value);
    });
  });
}

it('makes the atlas that run makes, byte for byte, with coordinator, two agents and the command as processes of their own', async () => {
  await writeSmallSweep(join(folder, 'alone'), './atlas');
  expect(await neuronAtlas(['run', 'sweep.yaml'], join(folder, 'alone'))).toMatchObject({ code: 0 });

  const home = join(folder, 'apart');
  await writeSmallSweep(home, './atlas');
  const address = await start('apps/coordinator/bin/neuron-atlas-coordinator.js', ['--state', join(home, 'coordinator'), '--listen', '127.0.0.1:0'], 'listening');
  await Promise.all(['one', 'two'].map((id) => start('apps/gpu-agent/bin/neuron-atlas-agent.js', [
    '--coordinator', address, '--id', id, '--provider', 'cpu', '--threads', '1', '--cache', join(home, 'cache'), '--scratch', join(home, 'scratch', id),
  ], 'agent')));
  const { code, stdout, stderr } = await neuronAtlas(['submit', 'sweep.yaml', '--watch', '--coordinator', address], home);
  expect({ code, stderr: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, stderr: '' });

  expect(await fileHashes(join(home, 'atlas'))).toEqual(await fileHashes(join(folder, 'alone', 'atlas')));
  const agents = await neuronAtlas(['agents', '--json', '--coordinator', address], home);
  expect(agents.stdout).toMatch(/"one"[\s\S]*"two"|"two"[\s\S]*"one"/);
}, 300_000);
