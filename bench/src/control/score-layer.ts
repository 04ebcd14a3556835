import { openPlaces } from '@neuron-atlas/exemplars';
import type { Model, Runtime } from '@neuron-atlas/onnx';
import { amongLookAlikes, interpretability, openJudge, perceptsOf, type Likeness, type Percept, type SeenTwice } from '@neuron-atlas/quality';
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

/** All pictures as a judge sees them, and as it sees them beyond their looks. */
export interface Sights {
  readonly seen: readonly SeenTwice[];
  readonly beyond: readonly SeenTwice[];
  readonly alike: Likeness;
}

/** A unit's forced choices, by its strongest pictures: the published one against its weakest pictures, the one between look-alikes, and that beyond looks. */
export interface Told {
  readonly bottom: number;
  readonly lookAlikes: number;
  readonly beyond: number;
}

/** For every unit of a layer that lives. */
export async function scoreLayer({ model, runtime, input }: Network, layer: Layer, units: number, pictures: PictureRows, { seen, beyond, alike }: Sights): Promise<readonly Told[]> {
  const { batch, rows, count, size } = pictures;
  await using places = await openPlaces({ model, runtime, input, layer, batch, leak: 1, size });
  const peaks: Float32Array[] = [];
  for (const part of rows) {
    const found = await places.read(part);
    for (let i = 0; i < batch; i++) peaks.push(found.peaks.slice(i * layer.units, (i + 1) * layer.units));
  }
  const told: Told[] = [];
  for (let unit = 0; unit < Math.min(units, layer.units); unit++) {
    const ranked = Array.from({ length: count }, (_, at) => at).sort((a, b) => peaks[b]![unit]! - peaks[a]![unit]! || a - b);
    if (!(peaks[ranked[0]!]![unit]! > 0)) continue;
    const { below } = randomStream(unit, `control/${layer.id}`);
    const [top, bottom] = [ranked.slice(0, exemplars), ranked.slice(-exemplars)].map((places) => places.map((at) => seen[at]!.judged)) as [Percept[], Percept[]];
    const between = (of: readonly SeenTwice[]): number => amongLookAlikes(ranked.slice(0, exemplars).map((at) => of[at]!), ranked.slice(exemplars).map((at) => of[at]!), { ...choice, below }, alike)!;
    told.push({ bottom: interpretability(top, bottom, { ...choice, below })!, lookAlikes: between(seen), beyond: between(beyond) });
  }
  return told;
}
