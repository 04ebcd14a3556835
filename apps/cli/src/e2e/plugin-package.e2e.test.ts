import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openAtlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neuronAtlas, repository, writeSmallSweep } from './small-sweep.fixture.js';

const run = promisify(execFile);
const never = new AbortController().signal;
let folder = '';
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-plugin-')); });
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Installs what the package depends on into a folder, as npm would link packages of a folder. */
async function install(into: string): Promise<void> {
  const modules = join(into, 'node_modules');
  await mkdir(join(modules, '@neuron-atlas'), { recursive: true });
  for (const name of await readdir(join(repository, 'libs'))) await symlink(join(repository, 'libs', name), join(modules, '@neuron-atlas', name));
  for (const name of ['typescript', 'vitest']) await symlink(join(repository, 'node_modules', name), join(modules, name));
}

describe('a plugin package outside the repository', () => {
  it('is built, keeps the contracts, is listed, and sweeps by its name', async () => {
    const authors = join(folder, 'atlas-plugin-symmetry');
    await cp(join(repository, 'examples/plugin'), authors, { recursive: true, filter: (path) => !/(dist|node_modules|\.neuron-atlas|atlas-symmetry)$/.test(path) });
    await install(authors);
    await run(process.execPath, [join(authors, 'node_modules/typescript/bin/tsc'), '-p', authors]);
    const tests = await run(process.execPath, [join(authors, 'node_modules/vitest/vitest.mjs'), 'run', '--root', authors], { cwd: authors, env: { ...process.env, NO_COLOR: '1', NEURON_ATLAS_TEST_REPORT: undefined } });
    expect(tests.stdout).toMatch(/Tests {2}\d\d passed/);

    const home = join(folder, 'home');
    await writeSmallSweep(home, './atlas', 20);
    await mkdir(join(home, 'node_modules'));
    await symlink(authors, join(home, 'node_modules/atlas-plugin-symmetry'));
    const spec = [
      'name: theirs', 'model:', '  path: small.onnx', '  preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }', 'units: { layers: [two] }',
      'views:', '  synthesis:',
      '    - { prior: mirror, objective: channel, steps: 20, size: 16, batch: 4 }',
      '    - { prior: fourier, objective: selective, objectiveParams: { others: 0.5 }, steps: 20, size: 16, batch: 4 }',
      'output: ./atlas', '',
    ].join('\n');
    await writeFile(join(home, 'theirs.yaml'), spec);

    expect((await neuronAtlas(['plan', 'theirs.yaml'], home)).stderr).toMatch(/mirror/);
    const listed = await neuronAtlas(['priors', '--plugins', 'atlas-plugin-symmetry', '--json'], home);
    expect(JSON.parse(listed.stdout)).toMatchObject({ priors: expect.arrayContaining([expect.objectContaining({ name: 'mirror', version: 1 })]) });
    const swept = await neuronAtlas(['run', 'theirs.yaml', '--plugins', 'atlas-plugin-symmetry', '--provider', 'cpu'], home);
    expect({ code: swept.code, stderr: swept.code === 0 ? '' : swept.stderr }).toEqual({ code: 0, stderr: '' });

    const atlas = await openAtlas(await openStore(join(home, 'atlas')), {}, never);
    const rows = await atlas.synthesis('two', 3, never);
    expect(rows.map(({ prior, objective, priorVersion }) => `${prior}@${priorVersion} ${objective}`)).toEqual([expect.stringMatching(/^mirror@1 channel$/), expect.stringMatching(/^fourier@\d selective$/)]);
    for (const { score, scoreStart } of rows) expect(score).toBeGreaterThan(scoreStart);
  }, 180_000);

  it('costs only its own shards where it throws, gives the wrong shape, draws what is no number, or ends the process', async () => {
    const home = join(folder, 'faults');
    await writeSmallSweep(home, './atlas', 5);
    await writeFile(join(home, 'faults.mjs'), `
      const sound = {
        version: 1, summary: '', source: '', params: {}, recipe: {}, space: 'picture',
        latent: ({ canvas }) => [canvas.batch, canvas.channels, canvas.height, canvas.width],
        build: ({ g, latent }) => g.sigmoid(latent),
        init: ({ size, normal }) => Float32Array.from({ length: size }, () => 0.1 * normal()),
      };
      export const priors = [
        { ...sound, name: 'throws', build() { throw new TypeError('x is undefined'); } },
        { ...sound, name: 'misshapen', build: ({ g, latent }) => g.mean(latent, [1]) },
        { ...sound, name: 'no-number', build: ({ g, latent }) => g.mul(g.sigmoid(latent), g.log(g.sub(latent, 1000))) },
        { ...sound, name: 'ends', build() { process.exit(7); } },
      ];`);
    const view = (prior: string): string => `    - { prior: ${prior}, objective: channel, steps: 5, size: 16, batch: 8 }`;
    await writeFile(join(home, 'faults.yaml'), [
      'name: faults', 'model:', '  path: small.onnx', '  preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }', 'units: { layers: [one, two] }',
      'views:', '  synthesis:', ...['throws', 'misshapen', 'no-number', 'ends', 'fourier'].map(view), 'output: ./atlas', '',
    ].join('\n'));
    const swept = await neuronAtlas(['run', 'faults.yaml', '--plugins', './faults.mjs', '--provider', 'cpu'], home);
    expect(swept.stderr + swept.stdout).toMatch(/prior throws failed in build: x is undefined|prior misshapen gave/);

    const atlas = await openAtlas(await openStore(join(home, 'atlas')), {}, never);
    for (const layer of ['one', 'two']) {
      const rows = await atlas.synthesis(layer, 1, never);
      expect(rows.map(({ prior }) => prior)).toEqual(['no-number', 'fourier']);
      expect(rows[0]!.health).not.toEqual([]);
      expect(rows[1]!.health).toEqual([]);
    }
  }, 240_000);
});
