import { openPlaces } from '@neuron-atlas/exemplars';
import type { Model, Runtime } from '@neuron-atlas/onnx';
import { amongLookAlikes, interpretability, openJudge, perceptsOf, type Percept, type SeenTwice } from '@neuron-atlas/quality';
import { randomStream } from '@neuron-atlas/synthesis';

/** Pictures in whole batches, as the model's preprocessing makes them. */
export interface PictureRows {
  readonly count: number;
  readonly batch: number;
  readonly rows: readonly Float32Array[];
  readonly size: { readonly height: number; readonly width: number };
}

interface Layer { readonly id: string; readonly tensor: string; readonly units: number }
interface Network { readonly model: Model; readonly runtime: Runtime; readonly input: { readonly name: string; readonly shape: readonly number[] } }

/** Exemplars a unit and side, of all pictures. */
const exemplars = 10;
const choice = { trials: 20, references: 9 };

/** What a network, by its layers but one, makes of every picture. */
export async function seenBy({ model, runtime, input }: Network, without: string, { count, batch, rows, size }: PictureRows): Promise<readonly Percept[]> {
  await using judge = (await openJudge({ model, runtime, input, without, size: size.width, batch }))!;
  return await perceptsOf(judge, rows, count);
}

/** For every unit of a layer that lives, by its strongest pictures: the published choice against its weakest ones, and the one between look-alikes. */
export async function scoreLayer({ model, runtime, input }: Network, layer: Layer, units: number, pictures: PictureRows, seen: readonly SeenTwice[]): Promise<readonly { readonly bottom: number; readonly lookAlikes: number }[]> {
  const { batch, rows, count, size } = pictures;
  await using places = await openPlaces({ model, runtime, input, layer, batch, leak: 1, size });
  const peaks: Float32Array[] = [];
  for (const part of rows) {
    const found = await places.read(part);
    for (let i = 0; i < batch; i++) peaks.push(found.peaks.slice(i * layer.units, (i + 1) * layer.units));
  }
  const told: { bottom: number; lookAlikes: number }[] = [];
  for (let unit = 0; unit < Math.min(units, layer.units); unit++) {
    const ranked = Array.from({ length: count }, (_, at) => at).sort((a, b) => peaks[b]![unit]! - peaks[a]![unit]! || a - b);
    if (!(peaks[ranked[0]!]![unit]! > 0)) continue;
    const [top, rest] = [ranked.slice(0, exemplars).map((at) => seen[at]!), ranked.slice(exemplars).map((at) => seen[at]!)];
    const { below } = randomStream(unit, `control/${layer.id}`);
    const judged = (of: readonly SeenTwice[]): readonly Percept[] => of.map((one) => one.judged);
    told.push({ bottom: interpretability(judged(top), judged(rest.slice(-exemplars)), { ...choice, below })!, lookAlikes: amongLookAlikes(top, rest, { ...choice, below })! });
  }
  return told;
}
