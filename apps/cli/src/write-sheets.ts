import { join } from 'node:path';
import { layerPath, type LayerRow } from '@neuron-atlas/atlas';
import type { AtlasReader } from './atlas-reader.js';
import { contactSheet } from './contact-sheet.js';
import type { World } from './world.js';

export interface SheetsOptions {
  readonly atlas: string;
  /** Absolute. */
  readonly folder: string;
  readonly tile: number;
  /** Whether a sheet that is there already is left as it is. */
  readonly skipExisting: boolean;
}

export interface Sheet {
  readonly layer: string;
  readonly file: string;
  readonly pictures: number;
}

/** A contact sheet of every layer that has pictures, one file each, named in the order of the layers. */
export async function writeSheets(world: Pick<World, 'openAtlas' | 'writeFile' | 'exists'>, options: SheetsOptions, signal: AbortSignal): Promise<readonly Sheet[]> {
  const atlas = await world.openAtlas(options.atlas, signal);
  const sheets: Sheet[] = [];
  const layers = (await atlas.layers()).filter((layer) => layer.swept > 0 && layer.blockedCode === null);
  for (const [index, layer] of layers.entries()) {
    signal.throwIfAborted();
    const file = join(options.folder, sheetName(layer, index));
    sheets.push({ layer: layer.layer, file, pictures: layer.swept });
    if (options.skipExisting && await world.exists(file)) continue;
    await world.writeFile(file, await layerSheet(atlas, layer.layer, { tile: options.tile }));
  }
  return sheets;
}

export async function layerSheet(atlas: Pick<AtlasReader, 'units' | 'synthesis'>, layer: string, shape: { readonly tile: number; readonly across?: number | undefined }): Promise<Uint8Array> {
  const pictures: (Uint8Array | null)[] = [];
  for (const unit of await atlas.units(layer)) {
    const [first] = await atlas.synthesis(layer, unit.unit);
    pictures.push(first?.image ?? null);
  }
  return contactSheet(pictures, shape);
}

/** Sheets sort in the order of the layers. */
function sheetName(layer: LayerRow, index: number): string {
  return `${String(index + 1).padStart(3, '0')}-${layerPath(layer.layer)}.png`;
}
