import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from '@neuron-atlas/onnx';
import type { Preprocess } from '@neuron-atlas/spec';
import { openResponses } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import sharp from 'sharp';

/** The largest mean over the map that any picture of a folder gives each unit, by the layer's value: taken as the objective `channel` takes it. */
export async function naturalMaxima({ model, pictures, tensors, preprocess }: { readonly model: Model; readonly pictures: string; readonly tensors: readonly string[]; readonly preprocess: Preprocess }): Promise<ReadonlyMap<string, { readonly mean: Float32Array; readonly pictures: number }>> {
  const [info] = model.graph.inputs;
  const shape = [1, ...(info!.shape ?? []).slice(1).map(Number)];
  await using reader = await openResponses({ model, input: { name: info!.name, shape }, preprocess, tensors, runtime: await createNodeRuntime({ provider: 'cpu' }) });
  const { height, width } = reader;
  const found = new Map<string, { mean: Float32Array; pictures: number }>();
  for (const name of (await readdir(pictures)).filter((file) => /\.(jpe?g|png)$/i.test(file)).sort()) {
    const whole = sharp(await readFile(join(pictures, name))).rotate().toColourspace('srgb').removeAlpha();
    const size = await whole.metadata();
    const scale = preprocess.resize! / Math.min(size.width, size.height);
    const [w, h] = [Math.round(size.width * scale), Math.round(size.height * scale)];
    const data = await whole.resize(w, h, { fit: 'fill', kernel: 'cubic' }).extract({ left: Math.floor((w - width) / 2), top: Math.floor((h - height) / 2), width, height }).raw().toBuffer();
    const pixels = Float32Array.from({ length: 3 * height * width }, (_, i) => data[(i % (height * width)) * 3 + Math.floor(i / (height * width))]! / 255);
    for (const [tensor, { mean }] of await reader.read(pixels)) {
      const known = found.get(tensor) ?? { mean: new Float32Array(mean.length).fill(-Infinity), pictures: 0 };
      mean.forEach((value, unit) => { known.mean[unit] = Math.max(known.mean[unit]!, value); });
      known.pictures++;
      found.set(tensor, known);
    }
  }
  return found;
}
