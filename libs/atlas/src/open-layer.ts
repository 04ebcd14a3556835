import type { LayerIndex } from './atlas-index.js';
import { exemplarTable, type ExemplarKind, type ExemplarRow } from './exemplars.js';
import type { AtlasFile } from './manifest.js';
import { openParquet, type AtlasSource, type ParquetFile } from './parquet-file.js';
import { projectionTable, type ProjectionRow } from './projections.js';
import { readNeighbours } from './read-neighbours.js';
import { readTable, type RowRange } from './read-table.js';
import { synthesisTable, type SynthesisRow } from './synthesis.js';
import type { Table } from './table.js';
import { unitTable, type UnitRow } from './units.js';

/** Which picture of a unit. */
export interface PictureOf {
  readonly unit: number;
  readonly view: number;
  readonly seed: number;
}

/** Which natural picture of a unit: an exemplar, or what of it excites the unit. */
export interface NaturalPictureOf {
  readonly of: 'exemplars' | 'projections';
  readonly unit: number;
  readonly kind: ExemplarKind;
  readonly rank: number;
}

/** One layer of an atlas, opened by its index: its tables are read when they are asked for. */
export interface AtlasLayerReader {
  /** All units of the layer, by rising unit. Nothing where the units table is not written yet. */
  units(signal?: AbortSignal): Promise<readonly UnitRow[]>;
  /** The pictures of a unit with all that is known of them, by view and seed. */
  synthesis(unit: number): Promise<readonly SynthesisRow[]>;
  /** The natural pictures of a unit: top, bottom, quantiles, each by rank. */
  exemplars(unit: number): Promise<readonly ExemplarRow[]>;
  /** What of its exemplars excites a unit, in the order of the exemplars. */
  projections(unit: number): Promise<readonly ProjectionRow[]>;
  /**
   * One encoded picture and nothing else: two requests for a file that is new (its tail, the picture), one for a file that
   * is known; pictures that lie beside each other and are asked for in one turn share theirs. Undefined where there is none.
   */
  picture(of: PictureOf): Promise<Uint8Array | undefined>;
  /** The same for one natural picture, at the price of one request more where its unit was not asked for before. */
  naturalPicture(of: NaturalPictureOf): Promise<Uint8Array | undefined>;
}

/** Opens a layer: nothing is read before it is asked for. Errors of its calls: ATLAS_BAD_FILE, and the source's own. */
export function openLayer(source: AtlasSource, index: Pick<LayerIndex, 'layer' | 'views' | 'files'>): AtlasLayerReader {
  const { layer: { id }, views, files } = index;
  const kept = new Map<string, Promise<KeptFile>>();
  /** Opened once: a page asks for many units of the same file. */
  const openKept = (file: AtlasFile): Promise<KeptFile> => {
    const known = kept.get(file.path);
    if (known !== undefined) return known;
    const opened = openParquet(source, file.path, file.bytes).then((parquet): KeptFile => ({
      parquet, image: readNeighbours((rows) => readTable(synthesisTable, parquet, { fields: ['image'], rows })), keys: new Map(),
    }));
    kept.set(file.path, opened);
    opened.catch(() => kept.delete(file.path));
    if (kept.size > keptFiles) kept.delete(kept.keys().next().value!);
    return opened;
  };
  const filesOf = (kind: AtlasFile['kind'], unit: number, view?: number): readonly AtlasFile[] => files.filter((file) => file.kind === kind
    && unit >= (file.unitStart ?? 0) && unit < (file.unitEnd ?? 0) && (view === undefined || file.view === view));

  const rowsOf = async <Row extends PictureRow>(kind: AtlasFile['kind'], table: Table<Row>, unit: number): Promise<Row[]> => {
    const rows: Row[] = [];
    for (const file of filesOf(kind, unit)) rows.push(...(await picturesOf(table, (await openKept(file)).parquet, id, unit)));
    return rows;
  };

  return {
    async units(signal) {
      const file = files.find(({ kind }) => kind === 'units');
      return file === undefined ? [] : readTable(unitTable, await openParquet(source, file.path, file.bytes, signal));
    },

    async synthesis(unit) {
      const rows = await rowsOf('synthesis', synthesisTable, unit);
      return rows.sort((a, b) => a.view - b.view);   // within a view the file's order, that of the seeds
    },

    exemplars: (unit) => rowsOf('exemplars', exemplarTable, unit),
    projections: (unit) => rowsOf('projections', projectionTable, unit),

    async picture({ unit, view, seed }) {
      for (const file of filesOf('synthesis', unit, view)) {
        const { parquet, image } = await openKept(file);
        const row = denseRow(file, unit, views[view]?.seeds ?? [], seed);
        if (row === undefined) {
          const found = (await picturesOf(synthesisTable, parquet, id, unit)).find((one) => one.seed === seed);
          if (found !== undefined) return found.image ?? undefined;
          continue;
        }
        return (await image(row))?.image ?? undefined;
      }
      return undefined;
    },

    async naturalPicture({ of, unit, kind, rank }) {
      const table = naturalTables[of];
      for (const file of filesOf(of, unit)) {
        const { parquet, keys } = await openKept(file);
        for (const group of groupsWith(parquet, unit)) {
          const rows = keys.get(group.start) ?? readTable(table, parquet, { fields: ['unit', 'kind', 'rank'], rows: group });
          keys.set(group.start, rows);
          rows.catch(() => keys.delete(group.start));
          const at = group.start + (await rows).findIndex((row) => row.unit === unit && row.kind === kind && row.rank === rank);
          if (at < group.start) continue;
          const [found] = await readTable(table, parquet, { fields: ['image'], rows: { start: at, end: at + 1 } });
          return found?.image ?? undefined;
        }
      }
      return undefined;
    },
  };
}

type NaturalRow = Pick<ExemplarRow, 'layer' | 'unit' | 'kind' | 'rank' | 'image'>;
const naturalTables: Readonly<Record<NaturalPictureOf['of'], Table<NaturalRow>>> = {
  exemplars: exemplarTable as unknown as Table<NaturalRow>, projections: projectionTable as unknown as Table<NaturalRow>,
};

/** The row of a picture, where the file has one for every unit and seed: rows lie by unit, then by seed. */
function denseRow({ rows, unitStart = 0, unitEnd = 0 }: AtlasFile, unit: number, seeds: readonly number[], seed: number): number | undefined {
  const at = seeds.indexOf(seed);
  return rows === (unitEnd - unitStart) * seeds.length && at >= 0 ? (unit - unitStart) * seeds.length + at : undefined;
}

const keptFiles = 64;

/** A file of pictures, its footer read. */
interface KeptFile {
  readonly parquet: ParquetFile;
  readonly image: (row: number) => Promise<Pick<SynthesisRow, 'image'> | undefined>;
  /** Which natural picture each row of a row group is, by the group's first row. */
  readonly keys: Map<number, Promise<readonly Pick<NaturalRow, 'unit' | 'kind' | 'rank'>[]>>;
}

/** A row of a table with pictures. */
interface PictureRow { readonly layer: string; readonly unit: number; readonly image: Uint8Array | null }

/** The rows of one unit in one file: first without pictures, to find them, then the pictures of just these. */
async function picturesOf<Row extends PictureRow>(table: Table<Row>, file: ParquetFile, layer: string, unit: number): Promise<readonly Row[]> {
  const dataFields = table.columns.map(({ field }) => field).filter((field) => field !== 'image');
  const rows: Row[] = [];
  for (const group of groupsWith(file, unit)) {
    const found = await readTable<Row>(table, file, { fields: dataFields, rows: group });
    const at = found.flatMap((row, index) => (row.layer === layer && row.unit === unit ? [index] : []));
    if (at.length === 0) continue;
    const [first, last] = [at[0]!, at.at(-1)!];   // pictures of a unit lie together
    const images = await readTable<Row>(table, file, { fields: ['image'], rows: { start: group.start + first, end: group.start + last + 1 } });
    for (const index of at) rows.push({ ...(found[index] as Row), image: images[index - first]!.image });
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
