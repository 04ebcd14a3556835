import { writeFile } from 'node:fs/promises';
import type { Atlas } from '@neuron-atlas/atlas';
import sharp, { type OverlayOptions } from 'sharp';

const gap = 2;

/** The pictures of one view: a row for each layer, a column for each of its first units. */
export async function writeSheet(atlas: Atlas, { layers, units, view, tile }: { readonly layers: readonly string[]; readonly units: number; readonly view: number; readonly tile: number }, file: string): Promise<void> {
  const pitch = tile + gap;
  const tiles: OverlayOptions[] = [];
  for (const [row, layer] of layers.entries()) {
    for (let unit = 0; unit < units; unit++) {
      const image = (await atlas.synthesis(layer, unit)).find((one) => one.view === view)?.image;
      if (image == null) continue;
      tiles.push({ input: await sharp(image).resize(tile, tile).png().toBuffer(), left: gap + unit * pitch, top: gap + row * pitch });
    }
  }
  const sheet = sharp({ create: { width: units * pitch + gap, height: layers.length * pitch + gap, channels: 3, background: '#202020' } });
  await writeFile(file, await sheet.composite(tiles).webp({ quality: 82 }).toBuffer());
}
