import { isAtlasError, type AtlasError } from '@neuron-atlas/errors';
import { indexPath, writeIndex } from './atlas-index.js';
import { errors } from './errors.js';
import { exemplarTable } from './exemplars.js';
import { layerTable, type LayerRow } from './layers.js';
import type { AtlasFile, AtlasManifest } from './manifest.js';
import { parquetOf, type AtlasSource, type ParquetFile } from './parquet-file.js';
import { projectionTable } from './projections.js';
import { readTable } from './read-table.js';
import { termTable } from './search/terms.js';
import type { Sha256 } from './sha256.js';
import { skippedTable } from './skipped.js';
import { synthesisTable, type SynthesisRow } from './synthesis.js';
import { totalsOf } from './totals-of.js';
import { unitsOf } from './unit-rows.js';
import { unitTable, type UnitRow } from './units.js';

/** What a check of a whole atlas found; it is sound if there are no problems. */
export interface AtlasReport {
  readonly files: number;
  readonly bytes: number;
  readonly problems: readonly AtlasError[];
}

interface Whole {
  readonly manifest: AtlasManifest;
  readonly source: AtlasSource;
  readonly sha256: Sha256;
}

type Picture = Pick<SynthesisRow, 'layer' | 'unit' | 'view' | 'seed'> & { readonly path: string };

/** See Atlas.verify. Damage is reported, not thrown; what the source throws is thrown. */
export async function verifyAtlas(whole: Whole, signal?: AbortSignal): Promise<AtlasReport> {
  const { files } = whole.manifest;
  const problems: AtlasError[] = [];
  const pictures: Picture[] = [];
  const units: (UnitRow & { readonly path: string })[] = [];
  const layers: LayerRow[] = [];
  const natural: Natural[] = [];
  for (const file of files) {
    signal?.throwIfAborted();
    try {
      const parquet = await intact(whole, file, signal);
      if (file.kind === 'synthesis') {
        const rows = await readTable(synthesisTable, parquet, { fields: ['layer', 'unit', 'view', 'seed', 'image'] });
        for (const { layer, unit, view, seed } of rows) pictures.push({ layer, unit, view, seed, path: file.path });
      } else if (file.kind === 'exemplars' || file.kind === 'projections') natural.push(...(await naturalOf(parquet, file)));
      else if (file.kind === 'skipped') await readTable(skippedTable, parquet);
      else if (file.kind === 'terms') await readTable(termTable, parquet);
      else if (file.kind === 'units') for (const row of await readTable(unitTable, parquet)) units.push({ ...row, path: file.path });
      else layers.push(...(await readTable(layerTable, parquet)));
    } catch (error) {
      if (!isAtlasError(error) || !error.code.startsWith('ATLAS_')) throw error;
      problems.push(error);
    }
  }
  // Of damaged files all units would be missing: said once is enough.
  if (problems.length === 0) problems.push(...twice(units, pictures), ...strayNatural(units, natural), ...incomplete(whole.manifest, units, pictures), ...wrongTotals(whole.manifest, units, layers));
  // Made of what was just checked: of anything that is wrong there it would be wrong again.
  const index = problems.length === 0 ? await wrongIndex(whole, layers, signal) : { files: 0, bytes: 0, problems: [] };
  problems.push(...index.problems);
  return { files: files.length + index.files, bytes: files.reduce((sum, { bytes }) => sum + bytes, index.bytes), problems };
}

/** The index says nothing of its own: it is held against what the manifest makes of it. An atlas without any is of an older program. */
async function wrongIndex({ manifest, source, sha256 }: Whole, layers: readonly LayerRow[], signal: AbortSignal | undefined): Promise<AtlasReport> {
  const problems: AtlasError[] = [];
  let [files, bytes] = [0, 0];
  if ((await source.stat(indexPath, signal)) === undefined) return { files, bytes, problems };
  for (const { path, data } of writeIndex(manifest, layers)) {
    const stat = await source.stat(path, signal);
    if (stat === undefined) problems.push(errors.fileMissing({ path }));
    else if (stat.bytes !== data.length) problems.push(errors.wrongSize({ path, bytes: data.length, found: stat.bytes }));
    else {
      const [wanted, found] = [await sha256(data), await sha256(await source.get(path, undefined, signal))];
      if (wanted !== found) problems.push(errors.wrongContent({ path, sha256: wanted, found }));
      files++;
      bytes += data.length;
    }
  }
  return { files, bytes, problems };
}

interface Natural { readonly key: string; readonly layer: string; readonly unit: number; readonly what: string; readonly path: string }

/** Reads a table of exemplars or of projections whole, pictures too. */
async function naturalOf(parquet: ParquetFile, { kind, path }: AtlasFile): Promise<readonly Natural[]> {
  const rows = kind === 'exemplars' ? await readTable(exemplarTable, parquet) : await readTable(projectionTable, parquet);
  return rows.map(({ layer, unit, kind: among, rank }) => ({ key: JSON.stringify([kind, layer, unit, among, rank]), layer, unit, what: `${kind}, ${among} ${rank}`, path }));
}

function* strayNatural(units: readonly UnitRow[], natural: readonly Natural[]): Iterable<AtlasError> {
  const known = new Set(units.map(({ layer, unit }) => unitKey(layer, unit)));
  const seen = new Set<string>();
  for (const { key, layer, unit, what, path } of natural) {
    if (!known.has(unitKey(layer, unit))) yield errors.unplannedUnit({ layer, unit, what, path });
    if (seen.has(key)) yield errors.unitTwice({ layer, unit, what, path });
    seen.add(key);
  }
}

async function intact({ source, sha256 }: Whole, file: AtlasFile, signal: AbortSignal | undefined): Promise<ParquetFile> {
  const { path, bytes, sha256: wanted, rows } = file;
  const stat = await source.stat(path, signal);
  if (stat === undefined) throw errors.fileMissing({ path });
  if (stat.bytes !== bytes) throw errors.wrongSize({ path, bytes, found: stat.bytes });
  const data = await source.get(path, undefined, signal);
  const found = await sha256(data);
  if (found !== wanted) throw errors.wrongContent({ path, sha256: wanted, found });
  const parquet = await parquetOf(path, data);
  if (Number(parquet.metadata.num_rows) !== rows) throw errors.wrongRows({ path, rows, found: Number(parquet.metadata.num_rows) });
  return parquet;
}

const unitKey = (layer: string, unit: number): string => JSON.stringify([layer, unit]);
const pictureKey = ({ layer, unit, view, seed }: Omit<Picture, 'path'>): string => JSON.stringify([layer, unit, view, seed]);

function* twice(units: readonly (UnitRow & { readonly path: string })[], pictures: readonly Picture[]): Iterable<AtlasError> {
  const seen = new Set<string>();
  for (const { layer, unit, path } of units) {
    if (seen.has(unitKey(layer, unit))) yield errors.unitTwice({ layer, unit, what: 'units table', path });
    seen.add(unitKey(layer, unit));
  }
  for (const picture of pictures) {
    const { layer, unit, view, seed, path } = picture;
    if (seen.has(pictureKey(picture))) yield errors.unitTwice({ layer, unit, what: `view ${view}, seed ${seed}`, path });
    seen.add(pictureKey(picture));
  }
}

function* incomplete({ layers, views }: AtlasManifest, units: readonly (UnitRow & { readonly path: string })[], pictures: readonly Picture[]): Iterable<AtlasError> {
  const records = new Map(units.map((row) => [unitKey(row.layer, row.unit), row]));
  const drawn = new Set(pictures.map(pictureKey));
  const planned = new Set<string>();
  const wanted = new Set<string>();
  for (const layer of layers) {
    for (const unit of unitsOf(layer)) {
      planned.add(unitKey(layer.id, unit));
      const record = records.get(unitKey(layer.id, unit));
      if (record === undefined) {
        yield errors.unitMissing({ layer: layer.id, unit, what: 'units table' });
        continue;
      }
      for (const [view, { seeds }] of views.entries()) {
        for (const seed of seeds) {
          const key = pictureKey({ layer: layer.id, unit, view, seed });
          wanted.add(key);
          if (!drawn.has(key) && !record.health.includes('failed') && !record.health.includes('blocked')) {
            yield errors.unitMissing({ layer: layer.id, unit, what: `view ${view}, seed ${seed}` });
          }
        }
      }
    }
  }
  for (const { layer, unit, path } of units) if (!planned.has(unitKey(layer, unit))) yield errors.unplannedUnit({ layer, unit, what: 'units table', path });
  for (const picture of pictures) {
    const { layer, unit, view, seed, path } = picture;
    if (!wanted.has(pictureKey(picture))) yield errors.unplannedUnit({ layer, unit, what: `view ${view}, seed ${seed}`, path });
  }
}

function* wrongTotals(manifest: AtlasManifest, units: readonly UnitRow[], layerRows: readonly LayerRow[]): Iterable<AtlasError> {
  const perLayer = manifest.layers.map(({ id }) => units.filter(({ layer }) => layer === id));
  for (const [name, found] of Object.entries(totalsOf(perLayer, manifest.files))) {
    const said = manifest.totals[name as keyof typeof manifest.totals] ?? 0; // flags that an older program did not know
    if (said !== found) yield errors.badManifest({ field: `totals.${name}`, problem: `says ${said}, the files have ${found}` });
  }
  const [said, found] = [manifest.layers.map(({ id }) => id).join(', '), layerRows.map(({ layer }) => layer).join(', ')];
  if (said !== found) yield errors.badManifest({ field: 'layers', problem: `says ${said}, layers.parquet has ${found}` });
}
