import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPlugins } from './load-plugins.js';

let from = '';
beforeAll(async () => { from = await mkdtemp(join(tmpdir(), 'atlas-packages-')); });
afterAll(async () => { await rm(from, { recursive: true }); });

/** Writes a package into node_modules, with `exports` that only an import meets. */
async function install(name: string, code: string): Promise<string> {
  const folder = join(from, 'node_modules', name);
  await mkdir(join(folder, 'dist'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', type: 'module', exports: { '.': { import: './dist/index.js' } } }));
  await writeFile(join(folder, 'dist/index.js'), code);
  return name;
}

const objective = (changes = ''): string => `({ name: 'theirs', version: 3, summary: '', source: '', params: { k: { default: 1, doc: 'A number.', check: (v) => v > 0 } }, taps: () => [], build: () => undefined, ${changes} })`;
const code = (reason: string, detail: RegExp) => expect.objectContaining({ code: `SYNTHESIS_PACKAGE_${reason}`, message: expect.stringMatching(detail) });

describe('loadPlugins', () => {
  it('adds what packages bring to what comes with the project', async () => {
    const own = (await loadPlugins([], from)).objectives.all.length;
    const name = await install('@lab/objectives', `export const objectives = [${objective()}]; export const other = 1;`);
    const plugins = await loadPlugins([name, name], from);
    expect(plugins.objectives.all).toHaveLength(own + 1);
    expect(plugins.objectives.choose('theirs', {})).toMatchObject({ plugin: { version: 3 }, params: { k: 1 } });
    expect(plugins.priors.choose('fourier', {}).plugin.name).toBe('fourier');
  });

  it('takes a module by its path', async () => {
    await mkdir(dirname(join(from, 'own/mine.mjs')), { recursive: true });
    await writeFile(join(from, 'own/mine.mjs'), `export const objectives = [${objective()}];`);
    expect((await loadPlugins(['./own/mine.mjs'], from)).objectives.choose('theirs', {}).plugin.version).toBe(3);
    expect((await loadPlugins([join(from, 'own/mine.mjs')], '/')).objectives.choose('theirs', {}).plugin.version).toBe(3);
  });

  it('says which package is not there, and from where it was looked up', async () => {
    await expect(loadPlugins(['@lab/none'], from)).rejects.toEqual(code('NOT_FOUND', new RegExp(`@lab/none is not found from ${from}`)));
    await expect(loadPlugins(['./nowhere.js'], from)).rejects.toEqual(code('NOT_FOUND', /nowhere\.js/));
  });

  it('says what a package threw as it loaded, and what it imports in vain', async () => {
    await expect(loadPlugins([await install('throws', 'throw new Error("no licence")')], from)).rejects.toEqual(code('FAILED', /throws does not load: no licence/));
    await expect(loadPlugins([await install('lacks', 'import "not-there";')], from)).rejects.toEqual(code('FAILED', /lacks does not load: .*not-there/));
  });

  it.each([
    ['export const prior = 1;', /exports none of priors, objectives, regularisers, transforms/],
    ['export const priors = {};', /priors is no list/],
    ['export const objectives = [null];', /objectives\[0\] is no object/],
    [`export const objectives = [${objective('name: "No Good"')}];`, /objectives\[0\] \(No Good\) has no name of small letters/],
    [`export const objectives = [${objective('version: 0')}];`, /\(theirs\) has no version/],
    [`export const objectives = [${objective('summary: undefined')}];`, /has no summary/],
    [`export const objectives = [${objective('source: undefined')}];`, /has no source/],
    [`export const objectives = [${objective('params: undefined')}];`, /has no params/],
    [`export const objectives = [${objective('params: { k: 1 }')}];`, /has a param k without default, doc or check/],
    [`export const objectives = [${objective('build: undefined')}];`, /has no function build/],
    [`export const priors = [${objective('latent() {}, init() {}')}];`, /has no space: picture or other/],
    [`export const priors = [${objective('latent() {}, init() {}, space: "other"')}];`, /has no recipe/],
  ])('refuses %s', async (source, detail) => {
    const name = await install(`wrong-${Buffer.from(source).toString('hex').slice(-40)}`, source);
    await expect(loadPlugins([name], from)).rejects.toEqual(code('INVALID', detail));
  });

  it('refuses a second plugin of one name', async () => {
    const name = await install('again', `export const objectives = [${objective('name: "channel"')}];`);
    await expect(loadPlugins([name], from)).rejects.toMatchObject({ code: 'PLUGINS_DUPLICATE' });
  });
});
