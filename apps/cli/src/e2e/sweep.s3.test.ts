import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAtlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { afterAll, describe, expect, it } from 'vitest';
import { fileHashes, neuronAtlas, writeSmallSweep } from './small-sweep.fixture.js';

const bucket = process.env['S3_TEST_BUCKET'] ?? '';
const folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-s3-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a sweep to a real S3 server', { timeout: 300_000 }, () => {
  it('writes the files that a sweep to a folder writes, and reads them back as a sound atlas', async () => {
    await writeSmallSweep(join(folder, 'local'), './atlas', 100);
    expect(await neuronAtlas(['run', 'sweep.yaml'], join(folder, 'local'))).toMatchObject({ code: 0 });

    const url = `s3://${bucket}/sweep-${process.pid}`;
    await writeSmallSweep(join(folder, 'remote'), url, 100);
    const { code, stderr } = await neuronAtlas(['run', 'sweep.yaml'], join(folder, 'remote'));
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });

    const store = await openStore(url);
    const remote: Record<string, string> = {};
    for await (const key of store.list('')) remote[key] = createHash('sha256').update(await store.get(key)).digest('hex');
    expect(remote).toEqual(await fileHashes(join(folder, 'local', 'atlas')));
    expect((await (await openAtlas(store)).verify()).problems).toEqual([]);

    const again = await neuronAtlas(['run', 'sweep.yaml'], join(folder, 'remote'));
    expect({ code: again.code, said: again.stdout + again.stderr }).toEqual({ code: 0, said: expect.stringContaining('complete already') });
  });

  it('fails before any work where the bucket is not there', async () => {
    await writeSmallSweep(join(folder, 'nowhere'), 's3://no-such-bucket-here/prefix', 10);
    const { code, stderr } = await neuronAtlas(['run', 'sweep.yaml'], join(folder, 'nowhere'));
    expect({ code, first: stderr.split(':')[0] }).toEqual({ code: 1, first: expect.stringMatching(/^BLOBS_/) });
  });
});
