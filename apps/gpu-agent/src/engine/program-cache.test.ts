import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProgramMeta } from '@neuron-atlas/synthesis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProgramCache, type KnownProgram } from './program-cache.js';

const meta: ProgramMeta = {
  format: 2, modelSha256: 'ab', tensor: 'conv1', batch: 4, channels: 3, height: 8, width: 8, units: 12, latentShape: [4, 3, 8, 8],
  canvas: { batch: 4, channels: 3, height: 8, width: 8 }, seen: { height: 8, width: 8 },
  recipe: {
    prior: { name: 'pixels', version: 1, params: {} }, objective: { name: 'channel', version: 1, params: {} }, regularisers: [], transforms: [],
    optimiser: { name: 'adam', version: 1, params: {} }, schedule: { name: 'constant', version: 1, params: {} }, learningRate: 0.05, keep: 'last',
  },
};
const known: KnownProgram = { program: { bytes: Uint8Array.of(1, 2, 3), meta }, followedByRelu: true };

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'cache-test-')); });
afterEach(async () => { await rm(folder, { recursive: true, force: true }); });

describe('ProgramCache', () => {
  it('gives back what was put, also to another agent, and leaves no other files', async () => {
    await Promise.all([new ProgramCache(folder).put('k', known), new ProgramCache(folder).put('k', known)]);
    expect(await new ProgramCache(folder).get('k')).toEqual(known);
    expect((await readdir(join(folder, 'programs'))).sort()).toEqual(['k.json', 'k.onnx']);
  });

  it('has nothing under another key', async () => {
    expect(await new ProgramCache(folder).get('k')).toBeUndefined();
  });

  it.each([
    ['a program cut short', 'k.onnx', Uint8Array.of(1, 2)],
    ['a sidecar cut short', 'k.json', '{"format":1,"sha'],
    ['a sidecar of another format', 'k.json', '{"format":2}'],
    ['a sidecar that is null', 'k.json', 'null'],
  ])('takes %s for absent', async (_, file, content) => {
    const cache = new ProgramCache(folder);
    await cache.put('k', known);
    await writeFile(join(folder, 'programs', file), content);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('forgets the programs used longest ago when there is no more room', async () => {
    const sidecarBytes = JSON.stringify(meta).length + 200;
    const cache = new ProgramCache(folder, 2 * (1000 + sidecarBytes));
    const large: KnownProgram = { ...known, program: { bytes: new Uint8Array(1000), meta } };
    const tick = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 15); });
    for (const key of ['a', 'b']) { await cache.put(key, large); await tick(); }
    await cache.get('a');
    await tick();
    await cache.put('c', large);
    expect(await Promise.all(['a', 'b', 'c'].map(async (key) => (await cache.get(key)) !== undefined))).toEqual([true, false, true]);
  });

  it('says so when the folder cannot be written', async () => {
    await writeFile(join(folder, 'programs'), 'a file in the way');
    await expect(new ProgramCache(folder).put('k', known)).rejects.toMatchObject({ code: 'AGENT_DISK_FAILED' });
  });
});
