import { createHash } from 'node:crypto';
import { readNpy } from '@neuron-atlas/priors';
import { parseSpec, type SweepSpec } from '@neuron-atlas/spec';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fakeWorld } from './fake-world.fixture.js';
import { resolveFiles } from './plugin-files.js';

const spec = (prior: string): SweepSpec => parseSpec(`{ model: { path: net.onnx }, views: { synthesis: [ { prior: ${prior}, objective: channel } ] }, output: out }`, { path: 'sweep.yaml' });

describe('resolveFiles', () => {
  it('names a file by its content, so that the plan does not depend on where it lay', async () => {
    const world = fakeWorld();
    world.files.set('/specs/generators/g.onnx', Uint8Array.of(1, 2, 3));
    const { spec: settled, files } = await resolveFiles(spec('{ name: generator, model: generators/g.onnx, keep: 0.98 }'), '/specs/sweep.yaml', world);
    const named = `sha256:${createHash('sha256').update(Uint8Array.of(1, 2, 3)).digest('hex')}`;
    expect(settled.views.synthesis[0]!.priorParams).toEqual({ model: named, keep: 0.98 });
    expect([...files]).toEqual([[named, Uint8Array.of(1, 2, 3)]]);
    expect(await resolveFiles(settled, '/elsewhere/sweep.yaml', world)).toEqual({ spec: settled, files: new Map() });
  });

  it('makes an array of a picture, its channels first', async () => {
    const world = fakeWorld();
    world.files.set('/specs/cat.png', await sharp(Uint8Array.of(255, 0, 51, 0, 102, 0), { raw: { width: 2, height: 1, channels: 3 } }).png().toBuffer());
    const { files } = await resolveFiles(spec('{ name: accentuation, picture: cat.png }'), '/specs/sweep.yaml', world);
    const { shape, data } = readNpy([...files.values()][0]!)!;
    expect(shape).toEqual([3, 1, 2]);
    [1, 0, 0, 0.4, 0.2, 0].forEach((value, i) => expect(data[i]).toBeCloseTo(value, 6));
  });

  it('names files within a formula of objectives', async () => {
    const world = fakeWorld();
    world.files.set('/specs/cat.png', await sharp(Uint8Array.of(255, 0, 51), { raw: { width: 1, height: 1, channels: 3 } }).png().toBuffer());
    const written = parseSpec('{ model: { path: net.onnx }, views: { synthesis: [ { prior: pixels, objective: \'channel - 2 * caricature(picture="cat.png")\' } ] }, output: out }', { path: 'sweep.yaml' });
    const { spec: settled, files } = await resolveFiles(written, '/specs/sweep.yaml', world);
    const [[named]] = [...files] as [[string, Uint8Array]];
    expect(settled.views.synthesis[0]!.objective).toBe(`channel + (-1) * 2 * caricature(picture="${named}")`);
    expect(await resolveFiles(settled, '/elsewhere/sweep.yaml', world)).toEqual({ spec: settled, files: new Map() });
  });

  it('says which file is missing, and which is no picture', async () => {
    const world = fakeWorld();
    await expect(resolveFiles(spec('{ name: generator, model: none.onnx }'), '/specs/sweep.yaml', world)).rejects.toMatchObject({ code: 'CLI_FILE_NOT_FOUND', message: expect.stringContaining('model of prior generator') });
    world.files.set('/specs/x.png', Uint8Array.of(1));
    await expect(resolveFiles(spec('{ name: accentuation, picture: x.png }'), '/specs/sweep.yaml', world)).rejects.toMatchObject({ code: 'CLI_NOT_A_PICTURE' });
  });
});
