import type { LayerIndex } from './atlas-index.js';
import type { AtlasFile } from './manifest.js';
import { openParquet, type AtlasSource, type ParquetFile } from './parquet-file.js';
import { readTable, type RowRange } from './read-table.js';
import { synthesisTable, type SynthesisRow } from './synthesis.js';
import { unitTable, type UnitRow } from './units.js';

/** Which picture of a unit. */
export interface PictureOf {
  readonly unit: number;
  readonly view: number;
  readonly seed: number;
}

/** One layer of an atlas, opened by its index: its tables are read when they are asked for. */
export interface AtlasLayerReader {
  /** All units of the layer, by rising unit. Nothing where the units table is not written yet. */
  units(signal?: AbortSignal): Promise<readonly UnitRow[]>;
  /** The pictures of a unit with all that is known of them, by view and seed. */
  synthesis(unit: number): Promise<readonly SynthesisRow[]>;
  /**
   * One encoded picture and nothing else: two requests for a file that is new (its tail, the picture), one for a file that
   * is known. Undefined where there is none.
   */
  picture(of: PictureOf): Promise<Uint8Array | undefined>;
}

/** Opens a layer: nothing is read before it is asked for. Errors of its calls: ATLAS_BAD_FILE, and the source's own. */
export function openLayer(source: AtlasSource, index: Pick<LayerIndex, 'layer' | 'views' | 'files'>): AtlasLayerReader {
  const { layer: { id }, views, files } = index;
  const footers = new Map<string, Promise<ParquetFile>>();
  /** Opened once: a page asks for many units of the same file. */
  const openKept = (file: AtlasFile): Promise<ParquetFile> => {
    const known = footers.get(file.path);
    if (known !== undefined) return known;
    const opened = openParquet(source, file.path, file.bytes);
    footers.set(file.path, opened);
    opened.catch(() => footers.delete(file.path));
    if (footers.size > keptFooters) footers.delete(footers.keys().next().value!);
    return opened;
  };
  const filesOf = (unit: number, view?: number): readonly AtlasFile[] => files.filter((file) => file.kind === 'synthesis'
    && unit >= (file.unitStart ?? 0) && unit < (file.unitEnd ?? 0) && (view === undefined || file.view === view));

  return {
    async units(signal) {
      const file = files.find(({ kind }) => kind === 'units');
      return file === undefined ? [] : readTable(unitTable, await openParquet(source, file.path, file.bytes, signal));
    },

    async synthesis(unit) {
      const rows: SynthesisRow[] = [];
      for (const file of filesOf(unit)) rows.push(...(await picturesOf(await openKept(file), id, unit)));
      return rows.sort((a, b) => a.view - b.view);   // within a view the file's order, that of the seeds
    },

    async picture({ unit, view, seed }) {
      for (const file of filesOf(unit, view)) {
        const parquet = await openKept(file);
        const row = denseRow(file, unit, views[view]?.seeds ?? [], seed);
        if (row === undefined) {
          const found = (await picturesOf(parquet, id, unit)).find((one) => one.seed === seed);
          if (found !== undefined) return found.image ?? undefined;
          continue;
        }
        const [image] = await readTable(synthesisTable, parquet, { fields: ['image'], rows: { start: row, end: row + 1 } });
        return image?.image ?? undefined;
      }
      return undefined;
    },
  };
}

/** The row of a picture, where the file has one for every unit and seed: rows lie by unit, then by seed. */
function denseRow({ rows, unitStart = 0, unitEnd = 0 }: AtlasFile, unit: number, seeds: readonly number[], seed: number): number | undefined {
  const at = seeds.indexOf(seed);
  return rows === (unitEnd - unitStart) * seeds.length && at >= 0 ? (unit - unitStart) * seeds.length + at : undefined;
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
