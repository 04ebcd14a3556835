import { errors } from './errors.js';
import { exemplarTable, type ExemplarRow } from './exemplars.js';
import type { AtlasDataset, AtlasFile } from './manifest.js';
import { openParquet, type AtlasSource } from './parquet-file.js';
import { projectionTable } from './projections.js';
import type { PublishLayer, PublishObject, PublishPlan } from './publish-plan.js';
import { readTable } from './read-table.js';
import { skippedTable, type SkippedRow } from './skipped.js';
import { qualityTable, type QualityRow } from './quality.js';
import { statisticsTable, type StatisticsRow } from './statistics.js';
import { synthesisTable, type SynthesisRow } from './synthesis.js';
import type { Table } from './table.js';
import { unitsOf } from './unit-rows.js';

interface Committed {
  readonly objects: readonly PublishObject[];
  readonly store: Pick<AtlasSource, 'get'>;
}

const tables = { exemplars: exemplarTable, projections: projectionTable } as const;

/** A natural picture that excites a unit most. */
export type TopExemplar = Pick<ExemplarRow, 'layer' | 'unit' | 'kind' | 'rank' | 'sampleId' | 'sampleLabel'>;

const fieldsOf = {
  exemplars: ['layer', 'unit', 'kind', 'rank', 'sampleId', 'sampleLabel'], projections: ['layer', 'unit', 'kind', 'rank'],
} as const satisfies Record<keyof typeof tables, readonly string[]>;

/**
 * The files of a layer's exemplars and projections, by kind and unit; top exemplars are given to `onTop`. Reads no pictures.
 *
 * Errors: ATLAS_UNPLANNED_UNIT, ATLAS_WRONG_ROWS.
 */
export async function naturalFiles(from: Committed, layer: PublishLayer, signal?: AbortSignal, onTop?: (row: TopExemplar) => void): Promise<readonly AtlasFile[]> {
  const planned = new Set(unitsOf(layer));
  const files: AtlasFile[] = [];
  for (const kind of ['exemplars', 'projections'] as const) {
    const found: AtlasFile[] = [];
    for (const object of ofKind(from, kind, layer.id)) {
      const rows = await rowsOf(from, tables[kind] as Table<TopExemplar>, object, fieldsOf[kind], signal);
      const stray = rows.find((row) => row.layer !== layer.id || !planned.has(row.unit));
      if (stray !== undefined) throw errors.unplannedUnit({ layer: stray.layer, unit: stray.unit, what: kind, path: object.key });
      if (kind === 'exemplars' && onTop !== undefined) rows.filter((row) => row.kind === 'top').forEach((row) => onTop(row as TopExemplar));
      const units = rows.map(({ unit }) => unit);
      found.push({
        path: object.key, kind, layer: layer.id,
        ...(units.length === 0 ? {} : { unitStart: units.reduce((a, b) => Math.min(a, b)), unitEnd: units.reduce((a, b) => Math.max(a, b)) + 1 }),
        rows: object.rows, bytes: object.bytes, sha256: object.sha256,
      });
    }
    files.push(...found.sort((a, b) => (a.unitStart ?? 0) - (b.unitStart ?? 0) || (a.path < b.path ? -1 : 1)));
  }
  return files;
}

/** What the data set says of the units of a layer; none where it was not read. Errors: ATLAS_UNIT_TWICE, ATLAS_UNPLANNED_UNIT. */
export function readStatistics(from: Committed, layer: PublishLayer, signal?: AbortSignal): Promise<readonly StatisticsRow[]> {
  return readPerUnit(from, statisticsTable, layer, signal);
}

/** What the made pictures of the units of a layer are worth; none where it was not measured. Errors: ATLAS_UNIT_TWICE, ATLAS_UNPLANNED_UNIT. */
export function readQuality(from: Committed, layer: PublishLayer, signal?: AbortSignal): Promise<readonly QualityRow[]> {
  return readPerUnit(from, qualityTable, layer, signal);
}

async function readPerUnit<Row extends { readonly layer: string; readonly unit: number }>(from: Committed, table: Table<Row>, layer: PublishLayer, signal: AbortSignal | undefined): Promise<readonly Row[]> {
  const planned = new Set(unitsOf(layer));
  const seen = new Map<number, Row>();
  for (const object of ofKind(from, table.name, layer.id)) {
    for (const row of await wholeRows(from, table, object, signal)) {
      const what = { layer: row.layer, unit: row.unit, what: table.name, path: object.key };
      if (row.layer !== layer.id || !planned.has(row.unit)) throw errors.unplannedUnit(what);
      if (seen.has(row.unit)) throw errors.unitTwice(what);
      seen.set(row.unit, row);
    }
  }
  return [...seen.values()];
}

/** A unit's exemplars without their pictures. */
export type ExemplarFacts = Omit<ExemplarRow, 'image'>;

const factFields = exemplarTable.columns.map(({ field }) => field).filter((field): field is keyof ExemplarFacts => field !== 'image');

/** The exemplars of units [start, end) of a layer, in their order, from the committed objects of a sweep. Reads no pictures. Errors: ATLAS_WRONG_ROWS. */
export async function readExemplars(from: Committed, layer: string, [start, end]: readonly [start: number, end: number], signal?: AbortSignal): Promise<readonly ExemplarFacts[]> {
  const files: (readonly ExemplarFacts[])[] = [];
  for (const object of ofKind(from, 'exemplars', layer)) {
    const units = await rowsOf(from, exemplarTable, object, ['unit'], signal);
    if (!units.some(({ unit }) => unit >= start && unit < end)) continue;
    files.push((await rowsOf(from, exemplarTable, object, factFields, signal)).filter(({ unit }) => unit >= start && unit < end));
  }
  return files.sort((a, b) => (a[0]?.unit ?? 0) - (b[0]?.unit ?? 0)).flat();
}

/** A made picture with what is needed to measure it. */
export type MadePicture = Pick<SynthesisRow, (typeof madeFields)[number]>;
const madeFields = ['unit', 'view', 'seed', 'score', 'width', 'height', 'image'] as const satisfies readonly (keyof SynthesisRow)[];

/** The made pictures of some units of a layer, by unit, view and seed, from the committed objects of a sweep. Errors: ATLAS_WRONG_ROWS. */
export async function readMadePictures(from: Committed, layer: string, units: ReadonlySet<number>, signal?: AbortSignal): Promise<readonly MadePicture[]> {
  const found: MadePicture[] = [];
  for (const object of ofKind(from, 'synthesis', layer)) {
    const file = await openParquet(from.store, object.key, object.bytes, signal);
    const rows = await readTable(synthesisTable, file, { fields: ['unit'] });
    if (rows.length !== object.rows) throw errors.wrongRows({ path: object.key, rows: object.rows, found: rows.length });
    for (let start = 0; start < rows.length;) {
      // Rows of wanted units that lie together are read together.
      let end = start;
      while (end < rows.length && units.has(rows[end]!.unit)) end++;
      if (end > start) found.push(...(await readTable(synthesisTable, file, { fields: madeFields, rows: { start, end } })));
      start = end + 1;
    }
  }
  return found.sort((a, b) => a.unit - b.unit || a.view - b.view || a.seed - b.seed);
}

/** The samples that could not be used, in the order of the data set. */
export async function readSkipped(from: Committed, signal?: AbortSignal): Promise<readonly SkippedRow[]> {
  const skipped: SkippedRow[] = [];
  const objects = from.objects.filter(({ kind }) => kind === 'skipped-samples').sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const object of objects) skipped.push(...(await rowsOf(from, skippedTable, object, undefined, signal)));
  return skipped;
}

/** What atlas.json says of the data set. */
export function datasetOf({ spec, dataset }: PublishPlan, skipped: readonly SkippedRow[], samples: number, terms: number): AtlasDataset {
  const { top, bottom, quantiles } = spec.views.exemplars!;
  const projections = spec.views.projections;
  return {
    exemplars: { top, bottom, quantiles },
    ...(projections === undefined ? {} : { projections: { method: projections.method, seed: projections.seed } }),
    publish: spec.publish ?? 'crops', list: dataset?.index ?? '', samples, skipped: skipped.length, terms,
  };
}

const ofKind = ({ objects }: Committed, kind: string, layer: string): readonly PublishObject[] => objects.filter((one) => one.kind === kind && one.layer === layer);

const wholeRows = async <Row extends object>(from: Committed, table: Table<Row>, object: PublishObject, signal: AbortSignal | undefined): Promise<readonly Row[]> =>
  await rowsOf<Row, keyof Row & string>(from, table, object, undefined, signal) as readonly Row[];

async function rowsOf<Row extends object, F extends keyof Row & string>(
  { store }: Committed, table: Table<Row>, { key, bytes, rows }: PublishObject, fields: readonly F[] | undefined, signal: AbortSignal | undefined,
): Promise<readonly Pick<Row, F>[]> {
  const found = await readTable<Row, F>(table, await openParquet(store, key, bytes, signal), fields === undefined ? {} : { fields });
  if (found.length !== rows) throw errors.wrongRows({ path: key, rows, found: found.length });
  return found;
}
