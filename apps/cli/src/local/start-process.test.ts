import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProcess, type ProcessOptions } from './start-process.js';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-cli-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = async (program: string, options: Partial<ProcessOptions<string>> = {}, signal = new AbortController().signal) => {
  const file = join(folder, 'child.mjs');
  await writeFile(file, program);
  return startProcess<string>({
    name: 'child', file, args: ['--flag', 'value'], log: join(folder, 'logs', 'child.log'), readyMs: 30_000,
    ready: (message) => (message as { listening?: string } | undefined)?.listening,
    ...options,
  }, signal);
};
const stays = 'setInterval(() => undefined, 1000);';

describe('startProcess', () => {
  it('is ready when the process says so over the channel, and stops it on request', async () => {
    const { process, ready } = await start(`process.send({ other: 1 }); process.send({ listening: process.argv.slice(2).join(' ') }); ${stays}`);
    expect(ready).toBe('--flag value');
    await process.stop(10_000);
    const outcome = await Promise.race([process.died, Promise.resolve('no error')]);
    expect(outcome).toBe('no error');
  });

  it('takes a line of JSON on stdout as well, and keeps stderr in the log', async () => {
    const { process, ready } = await start(`console.error('first words'); console.log('noise'); console.log('{"listening":"here"}'); ${stays}`);
    expect(ready).toBe('here');
    await process.stop(10_000);
    expect(await readFile(join(folder, 'logs', 'child.log'), 'utf8')).toBe('first words\n');
  });

  it('keeps the log of the run before', async () => {
    for (const word of ['one', 'two']) {
      const { process } = await start(`console.error('${word}'); process.send({ listening: 'x' }); ${stays}`);
      await process.stop(10_000);
    }
    expect(await readFile(join(folder, 'logs', 'child.log.old'), 'utf8')).toBe('one\n');
    expect(await readFile(join(folder, 'logs', 'child.log'), 'utf8')).toBe('two\n');
  });

  it('kills a process that does not stop when asked', async () => {
    const { process } = await start(`process.on('SIGTERM', () => undefined); process.send({ listening: 'x' }); ${stays}`);
    await process.stop(100);
    expect(() => globalThis.process.kill(process.pid, 0)).toThrow(/ESRCH/);
  });

  it('raises the catalogued error that the process logged before it gave up', async () => {
    const error = { code: 'COORDINATOR_PORT_IN_USE', message: 'the port is in use', help: 'take another', grpc: 'FAILED_PRECONDITION', details: { port: 1 } };
    await expect(start(`console.error(JSON.stringify({ level: 60, error: ${JSON.stringify(error)} })); process.exit(1);`)).rejects.toMatchObject(error);
  });

  it('raises it as well where the process said it in words', async () => {
    await expect(start(`console.error('COORDINATOR_STATE_LOCKED: the data directory is in use\\n  stop that process'); process.exit(1);`)).rejects.toMatchObject({
      code: 'COORDINATOR_STATE_LOCKED', message: 'the data directory is in use', help: 'stop that process',
    });
  });

  it('says how it ended, with its last words, where it reported nothing', async () => {
    await expect(start(`console.error('oh no'); process.exit(3);`)).rejects.toMatchObject({
      code: 'CLI_PROCESS_DIED', message: expect.stringMatching(/^the child ended unexpectedly \(exit code 3\); its last lines: oh no; log: /),
    });
  });

  it('notices a death after it was ready, and does not blame an older error for a kill', async () => {
    const { process } = await start(`console.error(JSON.stringify({ level: 50, error: { code: 'A_B', message: 'm', help: 'h' } })); process.send({ listening: 'x' }); ${stays}`);
    globalThis.process.kill(process.pid, 'SIGKILL');
    await expect(process.died).rejects.toMatchObject({ code: 'CLI_PROCESS_DIED', details: { how: 'signal SIGKILL' } });
  });

  it('gives up on a process that never gets ready, and ends it', async () => {
    await expect(start(stays, { readyMs: 200 })).rejects.toMatchObject({ code: 'CLI_PROCESS_SILENT' });
  });

  it('ends the process when it is aborted while it waits', async () => {
    const stop = new AbortController();
    const started = start(stays, {}, stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 200);
    await expect(started).rejects.toThrow('stopped');
  });
});
