import { meanFill, cropPicture, placeOf, receptiveFields, sizeOfBox, unitBox, type PixelBox, type RawPicture } from '@neuron-atlas/exemplars';
import { specializeAtSize, type Model, type Runtime } from '@neuron-atlas/onnx';
import type { ExemplarFacts } from '@neuron-atlas/atlas';
import type { LayerPlan, Preprocess, SweepPlan } from '@neuron-atlas/spec';
import type { ProgramMeta } from '@neuron-atlas/synthesis';
import sharp from 'sharp';

/** A point in pixels. */
export interface Place { readonly x: number; readonly y: number }

/** Where on the canvas that the model sees the middle of a layer's map looks: its field's centre, in pixels; the canvas's own where a place sees all of it. */
export async function middleOf(model: Model, runtime: Runtime, input: SweepPlan['input'], layer: LayerPlan, seen: ProgramMeta['seen']): Promise<Place> {
  const graph = await specializeAtSize(model, { input, batch: 1, ...seen, outputs: [layer.tensor], runtime });
  const field = receptiveFields(graph).get(layer.tensor);
  const map = field?.shape.slice(2) ?? [];
  if (field !== undefined && layer.kind !== 'head' && (layer.axis ?? 1) === 1 && map.length === 2) {
    const [rows, columns] = map as [number, number];
    // As objective `neuron` counts the middle.
    const box = unitBox(field, placeOf(field.shape, layer, 0, Math.floor(rows / 2) * columns + Math.floor(columns / 2)));
    if (box?.kind === 'exact') return centreOf(box.box);
  }
  return { x: seen.width / 2, y: seen.height / 2 };
}

const centreOf = ({ x0, y0, x1, y1 }: PixelBox): Place => ({ x: (x0 + x1) / 2, y: (y0 + y1) / 2 });

/**
 * An exemplar on a program's canvas, u8: its picture at its own scale, moved so that what the unit answered to lies where the middle of
 * the map looks; of a unit that sees whole pictures the whole, brought to the canvas. Beyond the picture lies what the model takes for nothing.
 */
export async function onCanvas(picture: RawPicture, { boxKind, inputBox }: Pick<ExemplarFacts, 'boxKind' | 'inputBox'>, { canvas, seen, middle, preprocess }: {
  readonly canvas: ProgramMeta['canvas']; readonly seen: ProgramMeta['seen']; readonly middle: Place; readonly preprocess: Preprocess;
}): Promise<RawPicture> {
  const [above, before] = [(canvas.height - seen.height) / 2, (canvas.width - seen.width) / 2];
  const fill = meanFill(preprocess);
  if (boxKind === 'whole') {
    const whole = await resized(picture, seen);
    return cropPicture(whole, { x0: -before, y0: -above, x1: canvas.width - before, y1: canvas.height - above }, fill);
  }
  const there = centreOf(inputBox);
  const [x0, y0] = [Math.round(there.x - middle.x) - before, Math.round(there.y - middle.y) - above];
  return cropPicture(picture, { x0, y0, x1: x0 + canvas.width, y1: y0 + canvas.height }, fill);
}

/** An exemplar at its place in the model's input, u8, with nothing about what the unit answered to. */
export function alone(picture: RawPicture, { inputBox }: Pick<ExemplarFacts, 'inputBox'>, preprocess: Preprocess): RawPicture {
  const fill = meanFill(preprocess);
  const cut = cropPicture(picture, inputBox, fill);
  const { width, height } = sizeOfBox(inputBox);
  const { x0, y0 } = inputBox;
  return cropPicture({ ...cut, width, height }, { x0: -x0, y0: -y0, x1: picture.width - x0, y1: picture.height - y0 }, fill);
}

async function resized(picture: RawPicture, { width, height }: ProgramMeta['seen']): Promise<RawPicture> {
  if (picture.width === width && picture.height === height) return picture;
  const { channels } = picture;
  const made = await sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: channels as 1 | 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'linear' }).toColourspace(channels === 1 ? 'b-w' : 'srgb').raw().toBuffer();
  return { data: new Uint8Array(made.buffer, made.byteOffset, made.byteLength), width, height, channels };
}
