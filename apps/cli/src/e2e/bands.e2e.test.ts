import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAtlas, type SynthesisRow } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { f32, GraphBuilder, tensor, writeModel } from '@neuron-atlas/onnx';
import { writeNpy } from '@neuron-atlas/priors';
import { randomStream } from '@neuron-atlas/synthesis';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neuronAtlas, type Ended } from './small-sweep.fixture.js';

// A network for pictures of five bands whose one unit answers to a pattern of 5 × 5 in each band, seen at one place of 24 × 24.

const [bands, side, size, place] = [5, 5, 24, 9];
const never = new AbortController().signal;
const { uniform } = randomStream(5, 'bands');
const pattern = Float32Array.from({ length: bands * side * side }, () => (uniform() < 0.5 ? -1 : 1));
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-bands-'));
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('scene', 'f32', [1, bands, size, size]);
  const map = g.emit('Conv', [x, g.constant(tensor('f32', [1, bands, side, side], pattern), 'pattern'), g.constant(f32([1], [0]), 'bias')], {}, [{ dtype: 'f32', shape: [1, 1, 20, 20], name: 'unit' }])[0]!;
  await writeFile(join(folder, 'bands.onnx'), writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('bands', [g.relu(map)]) }));
  await writeFile(join(folder, 'scene.npy'), writeNpy({ shape: [bands, size, size], data: new Float32Array(bands * size * size).fill(0.4) }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const views = (priors: readonly string[]): string[] => ['views:', '  synthesis:', ...priors.map((prior) => `    - { prior: ${prior}, objective: { name: neuron, y: ${place}, x: ${place} }, steps: 120, size: ${size}, learningRate: 0.1, transforms: none, regularisers: none }`)];
async function spec(name: string, preprocess: string, lines: readonly string[]): Promise<string> {
  await writeFile(join(folder, name), ['model:', '  path: bands.onnx', `  preprocess: ${preprocess}`, ...lines, `output: ./atlas-${name}`, ''].join('\n'));
  return name;
}
async function swept(file: string): Promise<readonly SynthesisRow[]> {
  const { code, stderr } = await neuronAtlas(['run', file, '--provider', 'cpu'], folder);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const atlas = await openAtlas(await openStore(join(folder, `atlas-${file}`)), {}, never);
  const [layer] = atlas.manifest.layers;
  return atlas.synthesis(layer!.id, 0, never);
}
/** Values of a stored picture, [channel][y · width + x]. */
async function planes({ image, width, height }: SynthesisRow): Promise<readonly Float32Array[]> {
  const { data, info } = await sharp(image!).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([width, height]);
  return Array.from({ length: info.channels }, (_, c) => Float32Array.from({ length: width * height }, (_, i) => data[i * info.channels + c]!));
}
/** How alike the pattern's band and a part of a picture are: Pearson's r. */
function likeness(picture: Float32Array, width: number, left: number, top: number, band: number): number {
  const seen = Float32Array.from({ length: side * side }, (_, i) => picture[(top + Math.floor(i / side)) * width + left + (i % side)]!);
  const wanted = pattern.subarray(band * side * side, (band + 1) * side * side);
  const centred = (values: Float32Array): Float32Array => { const mean = values.reduce((a, b) => a + b) / values.length; return values.map((value) => value - mean); };
  const [a, b] = [centred(seen), centred(wanted)];
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('a model of five bands', () => {
  it('is swept by every prior that draws, each band shown by itself with the pattern at its place', async () => {
    const rows = await swept(await spec('all.yaml', '{ mean: [0.4], std: [0.2], color: bands }', views(['pixels', 'fourier', 'pyramid', 'cppn', 'maco', '{ name: fourier, alpha: 1 }', '{ name: accentuation, picture: scene.npy }'])));
    expect(rows).toHaveLength(7);
    for (const row of rows) {
      const label = `${row.view} ${row.prior}`;
      expect([row.width, row.height], label).toEqual([3 * size, 3 * size]);
      expect(row.score, label).toBeGreaterThan(row.scoreStart);
      if (row.prior === 'cppn' || row.prior === 'maco') continue; // their pictures are smoother than the pattern
      const [picture] = await planes(row) as [Float32Array];
      for (let band = 0; band < bands; band++) {
        expect(likeness(picture, row.width, (band % 3) * size + place, Math.floor(band / 3) * size + place, band), `${label}, band ${band + 1}`).toBeGreaterThan(0.98);
      }
      expect([...picture.filter((_, i) => i % row.width >= 2 * size && i >= row.width * size)].every((value) => value === 0), label).toBe(true);
    }
  }, 120_000);

  it('shows three of its bands as red, green and blue where the spec says so', async () => {
    const [row] = await swept(await spec('shown.yaml', '{ mean: [0.4], std: [0.2], color: bands, show: [5, 3, 2] }', views(['pixels'])));
    expect([row!.width, row!.height]).toEqual([size, size]);
    const shown = await planes(row!);
    expect(shown).toHaveLength(3);
    [4, 2, 1].forEach((band, c) => expect(likeness(shown[c]!, size, place, place, band)).toBeGreaterThan(0.98));
  }, 60_000);

  it('is given a spec by init that plans', async () => {
    expect(await neuronAtlas(['init', 'bands.onnx', '--out', 'first.yaml'], folder)).toMatchObject({ code: 0 });
    expect(await neuronAtlas(['plan', 'first.yaml', '--json'], folder)).toMatchObject({ code: 0, stdout: expect.stringContaining('"bands"') });
  });

  it.each([
    ['colours', '{ color: RGB }', [], /SPEC_COLOUR_MISMATCH.*gives 3 channels.*wants 5[^]*bands/],
    ['a mean of three numbers', '{ color: bands, mean: [0, 0, 0] }', [], /SPEC_BANDS_MISMATCH.*preprocess\.mean gives 3 numbers.*has 5 bands/],
    ['a band that it does not have', '{ color: bands, show: [6] }', [], /SPEC_BANDS_MISMATCH.*show gives band 6/],
    ['shown bands beside colours', '{ color: L, show: [1] }', [], /preprocess\.show: is of use only with color: bands/],
    ['exemplars', '{ color: bands }', ['  exemplars: { top: 9 }', 'dataset: { path: pictures }'], /views\.exemplars: pictures of a data set have colours/],
  ])('refuses %s', async (_, preprocess, more, message) => {
    const ended: Ended = await neuronAtlas(['plan', await spec('wrong.yaml', preprocess, [...views(['pixels']), ...more])], folder);
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toMatch(message);
  });

  it('refuses a picture in the place of an array of bands', async () => {
    await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } }).png().toFile(join(folder, 'red.png'));
    const { code, stderr } = await neuronAtlas(['plan', await spec('picture.yaml', '{ color: bands }', views(['{ name: accentuation, picture: red.png }']))], folder);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/CLI_NOT_A_PICTURE.*takes bands[^]*NumPy/);
  });
});
