import { errors } from './errors.js';
import { layerTable, type LayerRow } from './layers.js';
import { manifestPath, parseManifest, type AtlasFile, type AtlasManifest } from './manifest.js';
import { openParquet, type AtlasSource, type ParquetFile } from './parquet-file.js';
import { readTable, type RowRange } from './read-table.js';
import { webSha256, type Sha256 } from './sha256.js';
import { synthesisTable, type SynthesisRow } from './synthesis.js';
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
  /** Reads every byte and holds it against atlas.json: sizes, hashes, row counts, units missing or there twice, totals. */
  verify(signal?: AbortSignal): Promise<AtlasReport>;
}

/** Reads atlas.json. Errors: ATLAS_NO_ATLAS, ATLAS_BAD_MANIFEST, ATLAS_UNKNOWN_VERSION; the source's own. */
export async function openAtlas(source: AtlasSource, options: { readonly sha256?: Sha256 } = {}, signal?: AbortSignal): Promise<Atlas> {
  if ((await source.stat(manifestPath, signal)) === undefined) throw errors.noAtlas({});
  const manifest = parseManifest(await source.get(manifestPath, undefined, signal));
  const footers = new Map<string, Promise<ParquetFile>>();

  const open = (file: AtlasFile, openSignal?: AbortSignal): Promise<ParquetFile> => openParquet(source, file.path, file.bytes, openSignal);
  /** Opened once: a page of a viewer asks for many units of the same file. */
  const openKept = (file: AtlasFile): Promise<ParquetFile> => {
    const known = footers.get(file.path);
    if (known !== undefined) return known;
    const opened = open(file);
    footers.set(file.path, opened);
    opened.catch(() => footers.delete(file.path));
    if (footers.size > keptFooters) footers.delete(footers.keys().next().value!);
    return opened;
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
      checkLayer(manifest, layer);
      const files = manifest.files.filter((file) => file.kind === 'synthesis' && file.layer === layer
        && unit >= (file.unitStart ?? 0) && unit < (file.unitEnd ?? 0));
      const rows: SynthesisRow[] = [];
      for (const file of files) {
        stop?.throwIfAborted();
        rows.push(...(await picturesOf(await openKept(file), layer, unit)));
      }
      if (rows.length === 0 && !(await atlas.units(layer, stop)).some((row) => row.unit === unit)) {
        throw errors.unknownUnit({ layer, unit, units: unitCount(manifest, layer) });
      }
      return rows.sort((a, b) => a.view - b.view);   // within a view the file's order, that of the seeds
    },

    verify: (stop) => verifyAtlas({ manifest, source, sha256: options.sha256 ?? webSha256 }, stop),
  };
  return atlas;
}

const keptFooters = 64;

const dataFields = synthesisTable.columns.map(({ field }) => field).filter((field) => field !== 'image');

/** The rows of one unit in one file: first without pictures, to find them, then the pictures of just these. */
async function picturesOf(file: ParquetFile, layer: string, unit: number): Promise<readonly SynthesisRow[]> {
  const rows: SynthesisRow[] = [];
  for (const group of groupsWith(file, unit)) {
    const found = await readTable(synthesisTable, file, { fields: dataFields, rows: group });
    const at = found.flatMap((row, index) => (row.layer === layer && row.unit === unit ? [index] : []));
    if (at.length === 0) continue;
    const [first, last] = [at[0]!, at.at(-1)!];   // seeds of a unit lie together
    const images = await readTable(synthesisTable, file, { fields: ['image'], rows: { start: group.start + first, end: group.start + last + 1 } });
    for (const index of at) rows.push({ ...found[index]!, ...images[index - first]! });
  }
  return rows;
}

/** The row groups whose statistics do not rule a unit out. */
function groupsWith({ metadata }: ParquetFile, unit: number): readonly RowRange[] {
  const groups: RowRange[] = [];
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const statistics = group.columns.find(({ meta_data: chunk }) => chunk?.path_in_schema[0] === 'unit')?.meta_data?.statistics;
    if (!(Number(statistics?.min_value ?? -Infinity) > unit || Number(statistics?.max_value ?? Infinity) < unit)) groups.push({ start, end });
    start = end;
  }
  return groups;
}

function theFile({ files }: AtlasManifest, kind: AtlasFile['kind'], layer: string): AtlasFile {
  const file = files.find((one) => one.kind === kind && one.layer === layer);
  if (file === undefined) throw errors.badManifest({ field: 'files', problem: `has no ${kind} table${layer === '' ? '' : ` of ${layer}`}` });
  return file;
}

function checkLayer({ layers }: AtlasManifest, layer: string): void {
  if (layers.some(({ id }) => id === layer)) return;
  const ids = layers.map(({ id }) => id);
  throw errors.unknownLayer({ layer, near: ids.length > 40 ? `${ids.slice(0, 40).join(', ')}, … (${ids.length})` : ids.join(', ') });
}

function unitCount({ layers }: AtlasManifest, layer: string): number {
  return layers.filter(({ id }) => id === layer).flatMap(({ selected }) => selected).reduce((sum, [start, end]) => sum + end - start, 0);
}
