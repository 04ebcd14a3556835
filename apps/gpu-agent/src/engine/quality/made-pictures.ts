import type { MadePicture } from '@neuron-atlas/atlas';
import { cropPicture, meanFill, openPlaces, type PlaceReader, type RawPicture } from '@neuron-atlas/exemplars';
import { fillInput } from '@neuron-atlas/exemplars/node';
import type { LayerPlan, Preprocess, SweepPlan } from '@neuron-atlas/spec';
import sharp from 'sharp';
import { leakOf } from '../leak-of.js';
import type { NaturalDeps } from '../run-exemplars.js';

/** A made picture of 8 bits, and what its layer makes of it. */
export interface Made extends Omit<MadePicture, 'image'> {
  readonly picture: RawPicture;
  /** Largest activation and mean (as the objective `channel` takes it) of every unit of the layer: f32[units]. */
  readonly peaks: Float32Array;
  readonly means: Float32Array;
  /** Where the picture's own unit is largest: [y, x] in the layer's map; undefined where it has none. */
  readonly place: readonly [y: number, x: number] | undefined;
  /** Of the picture's upper left corner on the canvas that the model saw. */
  readonly offset: { readonly x: number; readonly y: number };
}

/** Puts pictures back through the model as they are in the atlas: decoded, 8 bits a value. Those that were not made are left out. */
export async function readMade(deps: NaturalDeps, plan: SweepPlan, layer: LayerPlan, pictures: readonly MadePicture[], signal: AbortSignal): Promise<readonly Made[]> {
  const made: Made[] = [];
  const { preprocess } = plan.spec.model;
  const channels = plan.input.shape[1]!;
  const { batch } = plan.spec.quality!;
  for (const [, own] of bySize(pictures)) {
    const { view, width, height } = own[0]!;
    const reader = await readings(deps, plan, layer, view, { width, height }, signal);
    const rowLength = channels * reader.height * reader.width;
    for (let start = 0; start < own.length; start += batch) {
      const rows = own.slice(start, start + batch);
      const decoded = await Promise.all(rows.map(({ image }) => decode(image!, preprocess)));
      const input = new Float32Array(batch * rowLength);
      // A picture that is smaller than a head of fixed size wants stands in the middle of what the model takes for nothing, as it did in its ascent.
      const offset = { x: Math.floor((reader.width - width) / 2), y: Math.floor((reader.height - height) / 2) };
      const canvas = { x0: -offset.x, y0: -offset.y, x1: reader.width - offset.x, y1: reader.height - offset.y };
      decoded.forEach((picture, row) => fillInput(input.subarray(row * rowLength, (row + 1) * rowLength), cropPicture(picture, canvas, meanFill(preprocess)), preprocess));
      const { places, peaks, means } = await reader.read(input);
      rows.forEach(({ image: _image, ...facts }, row) => {
        const of = (values: Float32Array): Float32Array => values.slice(row * layer.units, (row + 1) * layer.units);
        const flat = places[row * layer.units + facts.unit]!;
        const columns = reader.map.at(-1);
        made.push({
          ...facts, picture: decoded[row]!, peaks: of(peaks), means: of(means), offset,
          place: reader.map.length === 2 && columns !== undefined ? [Math.floor(flat / columns), flat % columns] : undefined,
        });
      });
      signal.throwIfAborted();
    }
  }
  return made;
}

/** Pictures that go through one session: of one view and size, in their order. */
function bySize(pictures: readonly MadePicture[]): ReadonlyMap<string, readonly MadePicture[]> {
  const groups = new Map<string, MadePicture[]>();
  for (const picture of pictures) {
    if (picture.image === null) continue;
    const key = `${picture.view} ${picture.width} ${picture.height}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [picture]);
    else group.push(picture);
  }
  return groups;
}

async function readings(deps: NaturalDeps, plan: SweepPlan, layer: LayerPlan, view: number, size: { readonly width: number; readonly height: number }, signal: AbortSignal): Promise<PlaceReader> {
  const { modelSha256, input, spec } = plan;
  const { batch } = spec.quality!;
  const leak = leakOf(spec.views.synthesis[view]);
  return deps.sessions.get(JSON.stringify(['readings', modelSha256, layer.tensor, input, batch, leak, size]), async () =>
    openPlaces({ model: await deps.models.get(deps.store, modelSha256, signal), runtime: deps.runtime, input, layer, batch, leak, size }));
}

/** A transparent picture lies on the colour that the model sees as zero, as when it was scored. */
async function decode(image: Uint8Array, preprocess: Preprocess): Promise<RawPicture> {
  const { data, info } = await sharp(image).toColourspace(preprocess.color === 'L' ? 'b-w' : 'srgb').raw().toBuffer({ resolveWithObject: true });
  const channels = info.channels % 2 === 0 ? info.channels - 1 : info.channels;
  if (channels < info.channels) {
    const neutral = meanFill(preprocess);
    const flat = Uint8Array.from({ length: info.width * info.height * channels }, (_, i) => {
      const [at, c] = [Math.floor(i / channels) * info.channels, i % channels];
      const opacity = data[at + channels]! / 255;
      return Math.round(opacity * data[at + c]! + (1 - opacity) * neutral[c]!);
    });
    return { data: flat, width: info.width, height: info.height, channels };
  }
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width: info.width, height: info.height, channels: info.channels };
}
