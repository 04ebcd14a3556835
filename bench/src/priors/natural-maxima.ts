import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePicture, fillInput } from '@neuron-atlas/exemplars/node';
import type { Model } from '@neuron-atlas/onnx';
import type { Preprocess } from '@neuron-atlas/spec';
import { openResponses } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';

/** Pixels in 0..1: the reader has the preprocessing in its graph. */
const plain = { mean: [0, 0, 0], std: [1, 1, 1], range: [0, 1], color: 'RGB' } as const;

/** The largest mean over the map that any picture of a folder gives each unit, by the layer's value: taken as the objective `channel` takes it. */
export async function naturalMaxima({ model, pictures, tensors, preprocess }: { readonly model: Model; readonly pictures: string; readonly tensors: readonly string[]; readonly preprocess: Preprocess }): Promise<ReadonlyMap<string, { readonly mean: Float32Array; readonly pictures: number }>> {
  const [info] = model.graph.inputs;
  const shape = [1, ...(info!.shape ?? []).slice(1).map(Number)];
  await using reader = await openResponses({ model, input: { name: info!.name, shape }, preprocess, tensors, runtime: await createNodeRuntime({ provider: 'cpu' }) });
  const { height, width } = reader;
  const found = new Map<string, { mean: Float32Array; pictures: number }>();
  for (const name of (await readdir(pictures)).filter((file) => /\.(jpe?g|png)$/i.test(file)).sort()) {
    const picture = await decodePicture(await readFile(join(pictures, name)), name, { preprocess, input: { height, width } });
    const pixels = new Float32Array(3 * height * width);
    fillInput(pixels, picture.input, plain);
    for (const [tensor, { mean }] of await reader.read(pixels)) {
      const known = found.get(tensor) ?? { mean: new Float32Array(mean.length).fill(-Infinity), pictures: 0 };
      mean.forEach((value, unit) => { known.mean[unit] = Math.max(known.mean[unit]!, value); });
      known.pictures++;
      found.set(tensor, known);
    }
  }
  return found;
}
