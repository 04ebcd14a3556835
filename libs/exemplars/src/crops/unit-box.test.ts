import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findLayers, type Runtime, specialize, type StaticGraph, tensor, upgradeOpset, writeModel } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { receptiveFields } from '../fields/receptive-fields.js';
import { cropPicture, meanFill, type RawPicture } from './crop-picture.js';
import { clipped, sizeOfBox } from './pixel-box.js';
import { unitBox } from './unit-box.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const shared = join(process.env['NEURON_ATLAS_SHARED'] ?? join(root, '..', 'shared'), 'data');
const reason = existsSync(shared) ? '' : ` (skipped: no models in ${shared}; set NEURON_ATLAS_SHARED)`;
const preprocess = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB' } as const;

interface Network { readonly graph: StaticGraph; readonly layers: readonly string[]; readonly size: number; readonly activations: (picture: RawPicture) => Promise<ReadonlyMap<string, Float32Array>> }

async function network(runtime: Runtime, file: string, size: number): Promise<Network> {
  const model = upgradeOpset((await loadModelFile(file)).model);
  const input = model.graph.inputs[0]!.name;
  const layers = findLayers(model).map(({ tensor: name }) => name);
  const graph = await specialize(model, { input, shape: [1, 3, size, size], outputs: layers, runtime });
  const outputs = layers.map((name) => ({ name, dtype: 'f32' as const, untyped: true as const }));
  const session = await runtime.load(writeModel({ ...model, graph: { ...model.graph, outputs } }), { optimize: 'basic' });
  return {
    graph, layers, size,
    activations: async ({ data }) => {
      const plane = size * size;
      const x = Float32Array.from({ length: 3 * plane }, (_, i) => (data[(i % plane) * 3 + Math.floor(i / plane)]! / 255 - preprocess.mean[Math.floor(i / plane)]!) / preprocess.std[Math.floor(i / plane)]!);
      const found = await session.run({ [input]: tensor('f32', [1, 3, size, size], x) });
      return new Map(layers.map((name) => [name, found[name]!.data as Float32Array]));
    },
  };
}

/** Crops of an interior place of every layer whose field fits, through PNG, pasted on mean grey: how many, and the largest change of a unit. */
async function pastedBack({ graph, layers, size, activations }: Network, picture: RawPicture): Promise<{ readonly layers: number; readonly worst: number }> {
  const fields = receptiveFields(graph);
  const recorded = await activations(picture);
  let [count, worst] = [0, 0];
  for (const layer of layers) {
    const [, units, height, width] = graph.types.get(layer)!.shape;
    if (height === undefined || width === undefined) continue;
    const [y, x] = [Math.floor(height / 2), Math.floor(width / 2)];
    const found = unitBox(fields.get(layer)!, [0, 0, y, x])!;
    const inside = clipped(found.box, { width: size, height: size });
    if (found.kind !== 'exact' || JSON.stringify(inside) !== JSON.stringify(found.box)) continue;
    const crop = cropPicture(picture, found.box, [0, 0, 0]);
    const png = await sharp(crop.data, { raw: { ...sizeOfBox(found.box), channels: 3 } }).png().toBuffer();
    const grey = meanFill(preprocess);
    const canvas = sharp(Buffer.from(Uint8Array.from({ length: size * size * 3 }, (_, i) => grey[i % 3]!)), { raw: { width: size, height: size, channels: 3 } });
    const data = await canvas.composite([{ input: png, left: found.box.x0, top: found.box.y0 }]).removeAlpha().raw().toBuffer();
    const pasted = (await activations({ width: size, height: size, channels: 3, data })).get(layer)!;
    count++;
    for (let unit = 0; unit < units!; unit++) {
      const at = (unit * height + y) * width + x;
      worst = Math.max(worst, Math.abs(pasted[at]! - recorded.get(layer)![at]!) / Math.max(Math.abs(recorded.get(layer)![at]!), 1e-6));
    }
  }
  return { layers: count, worst };
}

describe('the crop of an interior unit, pasted back on mean grey', () => {
  let runtime: Runtime;
  beforeAll(async () => { runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 }); });

  it('gives the recorded activation: the demo network', async () => {
    const demo = await network(runtime, join(root, 'examples', 'demo', 'demo.onnx'), 64);
    const random = seeded(4);
    const data = Uint8Array.from({ length: 64 * 64 * 3 }, () => Math.floor(256 * random()));
    const { layers, worst } = await pastedBack(demo, { width: 64, height: 64, channels: 3, data });
    expect(layers).toBeGreaterThanOrEqual(4);
    expect(worst).toBeLessThan(0.01);
  });

  it.skipIf(reason !== '')(`gives the recorded activation: squeezenet1_1 on photographs${reason}`, async () => {
    const squeezenet = await network(runtime, join(shared, 'models', 'squeezenet1_1.onnx'), 224);
    const folder = join(shared, 'images-open');
    for (const name of readdirSync(folder).filter((file) => /\.(png|jpg)$/.test(file)).slice(0, 2)) {
      const data = await sharp(join(folder, name)).resize(224, 224, { fit: 'cover' }).toColourspace('srgb').removeAlpha().raw().toBuffer();
      const { layers, worst } = await pastedBack(squeezenet, { width: 224, height: 224, channels: 3, data });
      expect(layers, name).toBeGreaterThanOrEqual(20);
      expect(worst, name).toBeLessThan(0.01);
    }
  });

  it('is the whole field even at a border, and the picture where the field is larger than it', async () => {
    const { graph, layers } = await network(runtime, join(root, 'examples', 'demo', 'demo.onnx'), 64);
    const fields = receptiveFields(graph);
    expect(unitBox(fields.get(layers[0]!)!, [0, 0, 0, 0])).toMatchObject({ kind: 'exact', box: { x0: expect.any(Number) as number } });
    const boxes = layers.map((layer) => {
      const { shape } = graph.types.get(layer)!;
      return unitBox(fields.get(layer)!, shape.map(() => 0))!;
    });
    expect(boxes.some(({ kind, box }) => kind === 'exact' && box.x0 < 0)).toBe(true);
    expect(boxes.at(-1)).toEqual({ kind: 'larger', box: { x0: 0, y0: 0, x1: 64, y1: 64 } });
  });
});
