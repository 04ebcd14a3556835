import { describe, expect, it } from 'vitest';
import { parseSpec } from '@neuron-atlas/spec';
import { builtinObjectives } from '@neuron-atlas/objectives';
import { builtinPriors } from '@neuron-atlas/priors';
import { fakeOutput, fakeReport, fakeWorld, layerRow, runCommand, synthesisRow, unitRow, type FakeWorld } from '../fake-world.fixture.js';
import { completion } from './completion.js';
import { diff } from './diff.js';
import { exportPictures } from './export-pictures.js';
import { init } from './init.js';
import * as commands from './index.js';

const image = Uint8Array.of(1, 2, 3);
const world = (): FakeWorld => fakeWorld({
  atlas: {
    manifest: { model: { sha256: '' }, spec: {}, totals: { layers: 1, units: 2, healthy: 1, dead: 1, flagged: 1, failed: 0 } },
    layers: async () => [layerRow('conv1')],
    units: async (layer) => [unitRow(layer, 0), unitRow(layer, 1, { health: ['dead'], reason: 'never, "ever", above zero' })],
    synthesis: async (layer, unit) => [synthesisRow(layer, unit, unit === 0 ? image : null)],
  },
});
const textOf = (there: FakeWorld, path: string): string => new TextDecoder().decode(there.files.get(path));

describe('export', () => {
  it('writes each picture as it lies in the atlas, and a table of them', async () => {
    const there = world();
    const out = fakeOutput();
    await runCommand(exportPictures, { atlas: 'atlas', out: 'out', format: 'png', huggingface: false }, there, out);
    expect([...there.files.keys()]).toEqual(['/work/out/conv1/00000-0-0.png', '/work/out/metadata.csv']);
    expect(there.files.get('/work/out/conv1/00000-0-0.png')).toEqual(image);
    expect(textOf(there, '/work/out/metadata.csv')).toBe('file_name,layer,unit,view,prior,objective,seed,steps,score_start,score,health\r\nconv1/00000-0-0.png,conv1,0,0,fourier,channel,0,64,0.5,2,\r\n');
    expect(out.documents).toEqual([{ folder: '/work/out', format: 'png', pictures: 1 }]);
  });

  it('writes tables as CSV that keeps commas and quotes', async () => {
    const there = world();
    await runCommand(exportPictures, { atlas: 'atlas', out: 'out', format: 'csv', huggingface: false }, there);
    const lines = textOf(there, '/work/out/units.csv').split('\r\n');
    expect(lines[0]).toMatch(/^layer,unit,health,reason,score,score_start,max/);
    expect(lines[2]).toMatch(/^conv1,1,dead,"never, ""ever"", above zero",2,0\.5,,/);
    expect(textOf(there, '/work/out/layers.csv')).toContain('conv1,Conv,pre,2,2,1,1,1,1');
  });

  it('lays pictures out as a data set, with a card', async () => {
    const there = world();
    await runCommand(exportPictures, { atlas: 'atlas', out: 'out', format: 'png', huggingface: true }, there);
    expect([...there.files.keys()]).toEqual(['/work/out/train/conv1/00000-0-0.png', '/work/out/train/metadata.csv', '/work/out/README.md']);
    expect(textOf(there, '/work/out/README.md')).toMatch(/^---\nconfigs:/);
  });
});

describe('diff', () => {
  it('counts what changed per layer and lists the units that changed most', async () => {
    const there = world();
    const other: FakeWorld = { ...there, openAtlas: async (url, signal) => ({
      ...(await there.openAtlas(url, signal)), ...(url.endsWith('two') ? { units: async (layer: string) => [unitRow(layer, 0, { score: 1 }), unitRow(layer, 1)] } : {}),
    }) };
    const out = fakeOutput();
    await runCommand(diff, { one: 'one', two: 'two', top: 5 }, other, out);
    expect(out.documents).toEqual([{
      sameModel: true, only: { first: [], second: [] }, layers: [{ layer: 'conv1', units: 2, changed: 1, health: 1, mean: 0.25 }],
      units: [{ layer: 'conv1', unit: 1, scores: [2, 2], change: 0, flags: ['dead'] }, { layer: 'conv1', unit: 0, scores: [2, 1], change: 0.5, flags: [] }],
    }]);
    expect(out.lines.join('\n')).toMatch(/conv1\/0\s+2\s+1\s+50 %/);
  });
});

describe('init', () => {
  it('writes a spec that can be read, with its comments, and nothing over what is there', async () => {
    const there = fakeWorld({ model: fakeReport() });
    await runCommand(init, { model: 'models/net.onnx', out: 'sweep.yaml', inputs: { mask: 1 } }, there);
    const text = textOf(there, '/work/sweep.yaml');
    const spec = parseSpec(text, { path: 'sweep.yaml', plugins: { priors: builtinPriors, objectives: builtinObjectives }, modelSize: 64 });
    expect(spec).toMatchObject({ name: 'net', output: 'atlas-net', model: { path: 'models/net.onnx', inputs: { mask: 1 } }, units: { layers: 'all' } });
    expect(spec.views.synthesis).toMatchObject([{ prior: 'fourier', objective: 'channel', steps: 96, size: 64 }]);
    expect(text.split('\n').filter((line) => line.includes('#')).length).toBeGreaterThan(8);
    await expect(runCommand(init, { model: 'models/net.onnx', out: 'sweep.yaml', inputs: {} }, there)).rejects.toMatchObject({ code: 'CLI_FILE_EXISTS' });
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'] as const)('%s knows every command and its flags', async (shell) => {
    const out = fakeOutput();
    await runCommand(completion, { shell }, fakeWorld(), out);
    const script = out.lines.join('\n');
    for (const { name } of Object.values(commands)) expect(script).toContain(name);
    expect(script).toContain(shell === 'fish' ? '-l coordinator' : '--coordinator');
    expect(script).not.toContain('undefined');
  });
});
