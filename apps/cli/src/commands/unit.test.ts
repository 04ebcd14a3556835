import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fakeOutput, fakeWorld, layerRow, runCommand, synthesisRow, unitRow, type FakeWorld } from '../fake-world.fixture.js';
import { sheet } from './sheet.js';
import { unit } from './unit.js';

const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png().toBuffer();

const world = (): FakeWorld => fakeWorld({
  atlas: {
    manifest: { model: { sha256: '' }, spec: {}, totals: { layers: 2, units: 4, healthy: 2, dead: 2, flagged: 2, failed: 0 } },
    layers: async () => [layerRow('fire2.squeeze'), layerRow('conv1')],
    units: async (layer) => [unitRow(layer, 0), unitRow(layer, 1, { health: ['dead'], reason: 'never above zero' })],
    synthesis: async (layer, index) => [synthesisRow(layer, index, index === 0 ? picture : null)],
  },
});
const options = { atlas: 'atlas', unit: 'conv1/0', png: undefined };

describe('unit', () => {
  it('shows health, scores and how it was made', async () => {
    const out = fakeOutput();
    await runCommand(unit, options, world(), out);
    const text = out.lines.join('\n');
    expect(text).toMatch(/unit {6}conv1\/0\nhealth {4}healthy/);
    expect(text).toMatch(/0\s+fourier@1\s+channel@2\s+0\s+64\s+0\.5\s+2\s+8×8\s+healthy/);
    expect(text).toContain('made by   {"program":"cd"}');
    expect(text).not.toContain('\u001b[');
  });

  it('gives a formula of objectives no version, which is that of none of them', async () => {
    const there = world();
    const out = fakeOutput();
    const made = { ...synthesisRow('conv1', 0, picture), objective: 'channel - 0.5 * layer', objectiveVersion: 1 };
    await runCommand(unit, options, { ...there, openAtlas: async (...args) => ({ ...(await there.openAtlas(...args)), synthesis: async () => [made] }) }, out);
    expect(out.lines.join('\n')).toMatch(/fourier@1\s+channel - 0\.5 \* layer\s+0\s+64/);
  });

  it('says what its pictures are worth, where that was measured', async () => {
    const there = world();
    const measured = unitRow('conv1', 0, {
      interpretability: 0.95, distinctness: 0.8, viewQuality: [{ view: 0, explains: 0.9, distinguishes: 0.75, seedAgreement: null }],
      pictureQuality: [{ view: 0, seed: 4, activation: 3, overNatural: 2.5, rank: 2, rankOf: 64, pathNaturalness: -0.25, spectrumDistance: null }],
    });
    const out = fakeOutput();
    await runCommand(unit, options, { ...there, openAtlas: async (...args) => ({ ...(await there.openAtlas(...args)), units: async () => [measured] }) }, out);
    const text = out.lines.join('\n');
    expect(text).toContain('interpretability 95 %, distinctness 80 % (chance is 50 %)');
    expect(text).toMatch(/0\s+4\s+2\.5\s+2 of 64\s+-0\.25\s+–\s+90 %\s+75 %\s+–/);
  });

  it('draws the picture where the terminal has colours', async () => {
    const out = fakeOutput();
    await runCommand(unit, options, world(), { ...out, colours: true });
    expect(out.lines.at(-1)).toContain('\u001b[38;2;255;0;0m');
  });

  it('explains a flag', async () => {
    const out = fakeOutput();
    await runCommand(unit, { ...options, unit: 'conv1/1' }, world(), out);
    expect(out.lines[1]).toBe('health    dead: never above zero');
  });

  it('writes the picture as it lies in the atlas', async () => {
    const there = world();
    await runCommand(unit, { ...options, png: 'one.png' }, there);
    expect(there.files.get('/work/one.png')).toEqual(picture);
    await expect(runCommand(unit, { ...options, unit: 'conv1/1', png: 'two.png' }, there)).rejects.toMatchObject({ code: 'CLI_NO_PICTURE' });
  });

  it('lists the layers where no unit is named', async () => {
    const out = fakeOutput();
    await runCommand(unit, { ...options, unit: undefined }, world(), out);
    expect(out.lines.map((line) => line.split(' ')[0])).toEqual(['layer', 'fire2.squeeze', 'conv1']);
  });

  it.each([
    ['conv1', 'CLI_BAD_UNIT', /"conv1" is not a unit/],
    ['conv2/0', 'CLI_UNKNOWN_LAYER', /has no layer conv2; near: conv1/],
    ['conv1/9', 'CLI_UNKNOWN_UNIT', /no unit 9; it has 2/],
  ])('refuses %s', async (written, code, message) => {
    await expect(runCommand(unit, { ...options, unit: written }, world())).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('sheet', () => {
  const sheetOptions = { atlas: 'atlas', layer: 'conv1' as string | undefined, layers: undefined as string | undefined, out: 'conv1.png', tile: 16, across: 2 };

  it('writes the pictures of a layer side by side', async () => {
    const there = world();
    await runCommand(sheet, sheetOptions, there);
    expect(await sharp(there.files.get('/work/conv1.png')).metadata()).toMatchObject({ width: 38, height: 20, format: 'png' });
  });

  it('writes a sheet of every layer into a folder', async () => {
    const there = world();
    const out = fakeOutput();
    await runCommand(sheet, { ...sheetOptions, layer: undefined, layers: 'all', out: 'sheets' }, there, out);
    expect([...there.files.keys()]).toEqual(['/work/sheets/001-fire2.squeeze.png', '/work/sheets/002-conv1.png']);
    expect(out.documents[0]).toMatchObject([{ layer: 'fire2.squeeze' }, { layer: 'conv1' }]);
  });

  it('wants a layer or all of them, and one that there is', async () => {
    await expect(runCommand(sheet, { ...sheetOptions, layer: undefined }, world())).rejects.toMatchObject({ code: 'CLI_USAGE' });
    await expect(runCommand(sheet, { ...sheetOptions, layers: 'all' }, world())).rejects.toMatchObject({ code: 'CLI_USAGE' });
    await expect(runCommand(sheet, { ...sheetOptions, layer: 'Conv1' }, world())).rejects.toMatchObject({ code: 'CLI_UNKNOWN_LAYER', details: { near: ['conv1'] } });
  });
});
