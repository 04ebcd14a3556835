import { errors } from './errors.js';
import type { ExemplarRow } from './exemplars.js';
import { layerTable, type LayerRow } from './layers.js';
import { manifestPath, parseManifest, type AtlasFile, type AtlasLayer, type AtlasManifest } from './manifest.js';
import { openLayer, type AtlasLayerReader } from './open-layer.js';
import { openParquet, type AtlasSource, type ParquetFile } from './parquet-file.js';
import type { ProjectionRow } from './projections.js';
import { readTable } from './read-table.js';
import { webSha256, type Sha256 } from './sha256.js';
import { type SynthesisRow } from './synthesis.js';
import { unitTable, type UnitRow } from './units.js';
import { verifyAtlas, type AtlasReport } from './verify-atlas.js';

/** An atlas, opened: its manifest read, everything else when it is asked for. */
export interface Atlas {
  readonly manifest: AtlasManifest;
  /** In the model's order. */
  layers(signal?: AbortSignal): Promise<readonly LayerRow[]>;
  /** The units of a layer, by rising unit. Errors: ATLAS_UNKNOWN_LAYER. */
  units(layer: string, signal?: AbortSignal): Promise<readonly UnitRow[]>;
  /**
   * The pictures of a unit, by view and seed; none where none could be made.
   *
   * Fetches, of each file that has the unit, its footer, the row groups that have it without their pictures, and its pictures.
   * Errors: ATLAS_UNKNOWN_LAYER, ATLAS_UNKNOWN_UNIT.
   */
  synthesis(layer: string, unit: number, signal?: AbortSignal): Promise<readonly SynthesisRow[]>;
  /** The natural pictures of a unit: top, bottom, quantiles, each by rank. Errors: ATLAS_UNKNOWN_LAYER. */
  exemplars(layer: string, unit: number): Promise<readonly ExemplarRow[]>;
  /** What of its exemplars excites a unit. Errors: ATLAS_UNKNOWN_LAYER. */
  projections(layer: string, unit: number): Promise<readonly ProjectionRow[]>;
  /** Reads every byte and holds it against atlas.json: sizes, hashes, row counts, units missing or there twice, totals. */
  verify(signal?: AbortSignal): Promise<AtlasReport>;
}

/** Reads atlas.json. Errors: ATLAS_NO_ATLAS, ATLAS_BAD_MANIFEST, ATLAS_UNKNOWN_VERSION; the source's own. */
export async function openAtlas(source: AtlasSource, options: { readonly sha256?: Sha256 } = {}, signal?: AbortSignal): Promise<Atlas> {
  if ((await source.stat(manifestPath, signal)) === undefined) throw errors.noAtlas({});
  const manifest = parseManifest(await source.get(manifestPath, undefined, signal));
  const open = (file: AtlasFile, openSignal?: AbortSignal): Promise<ParquetFile> => openParquet(source, file.path, file.bytes, openSignal);
  const readers = new Map<string, AtlasLayerReader>();
  const reader = (layer: AtlasLayer): AtlasLayerReader => {
    const known = readers.get(layer.id) ?? openLayer(source, { layer, views: manifest.views, files: manifest.files.filter((file) => file.layer === layer.id) });
    readers.set(layer.id, known);
    return known;
  };

  const atlas: Atlas = {
    manifest,

    async layers(stop) {
      return readTable(layerTable, await open(theFile(manifest, 'layers', ''), stop));
    },

    async units(layer, stop) {
      checkLayer(manifest, layer);
      return readTable(unitTable, await open(theFile(manifest, 'units', layer), stop));
    },

    async synthesis(layer, unit, stop) {
      const rows = await reader(checkLayer(manifest, layer)).synthesis(unit);
      stop?.throwIfAborted();
      if (rows.length === 0 && !(await atlas.units(layer, stop)).some((row) => row.unit === unit)) {
        throw errors.unknownUnit({ layer, unit, units: unitCount(manifest, layer) });
      }
      return rows;
    },

    exemplars: async (layer, unit) => reader(checkLayer(manifest, layer)).exemplars(unit),
    projections: async (layer, unit) => reader(checkLayer(manifest, layer)).projections(unit),

    verify: (stop) => verifyAtlas({ manifest, source, sha256: options.sha256 ?? webSha256 }, stop),
  };
  return atlas;
}

function theFile({ files }: AtlasManifest, kind: AtlasFile['kind'], layer: string): AtlasFile {
  const file = files.find((one) => one.kind === kind && one.layer === layer);
  if (file === undefined) throw errors.badManifest({ field: 'files', problem: `has no ${kind} table${layer === '' ? '' : ` of ${layer}`}` });
  return file;
}

function checkLayer({ layers }: AtlasManifest, layer: string): AtlasLayer {
  const found = layers.find(({ id }) => id === layer);
  if (found !== undefined) return found;
  const ids = layers.map(({ id }) => id);
  throw errors.unknownLayer({ layer, near: ids.length > 40 ? `${ids.slice(0, 40).join(', ')}, … (${ids.length})` : ids.join(', ') });
}

function unitCount({ layers }: AtlasManifest, layer: string): number {
  return layers.filter(({ id }) => id === layer).flatMap(({ selected }) => selected).reduce((sum, [start, end]) => sum + end - start, 0);
}
