import { writeIndex } from './atlas-index.js';
import { errors } from './errors.js';
import { layerPath } from './layer-path.js';
import { writeLayers, type LayerRow } from './layers.js';
import { manifestPath, manifestVersion, writeManifest, type AtlasFile, type AtlasLayer, type AtlasManifest } from './manifest.js';
import { datasetOf, naturalFiles, readSkipped, readStatistics } from './natural-objects.js';
import { openParquet, type AtlasSource } from './parquet-file.js';
import type { PublishFailure, PublishLayer, PublishObject, PublishPlan } from './publish-plan.js';
import { readTable } from './read-table.js';
import type { Sha256 } from './sha256.js';
import { writeSkipped } from './skipped.js';
import { synthesisTable } from './synthesis.js';
import { totalsOf } from './totals-of.js';
import { scoreFields, unitRows, type ScoreRow } from './unit-rows.js';
import { writeUnits, type UnitRow } from './units.js';

export interface PublishInput {
  readonly plan: PublishPlan;
  /** The committed objects of the sweep, in any order; those of kinds that no atlas holds are not read. */
  readonly objects: readonly PublishObject[];
  /** The shards that were given up: the reason of every unit without a picture. */
  readonly failures?: readonly PublishFailure[];
  /** A BlobStore is one. */
  readonly store: Pick<AtlasSource, 'get'> & {
    put(key: string, data: Uint8Array, options?: { readonly contentType?: string }, signal?: AbortSignal): Promise<unknown>;
  };
  readonly sha256: Sha256;
  /** After each layer. */
  readonly onProgress?: (layersDone: number, layers: number) => void;
}

export interface Published {
  readonly manifest: AtlasManifest;
  /** What was written: the units tables, the layers table, the index for pages and, last, atlas.json. */
  readonly objects: readonly PublishObject[];
}

/** Files read at once: enough to hide a request's latency, few enough for a small machine. */
const readAtOnce = 8;

/**
 * Makes an atlas of the committed results of a sweep: units and layers tables, then, when all else is there, atlas.json.
 *
 * Reads no pictures. The same results give the same bytes, in whatever order and from whatever store they come.
 *
 * Errors: ATLAS_UNIT_TWICE, ATLAS_UNPLANNED_UNIT, ATLAS_WRONG_ROWS, ATLAS_BAD_FILE, ATLAS_SAME_LAYER_TWICE; the store's own.
 */
export async function publishAtlas(input: PublishInput, signal?: AbortSignal): Promise<Published> {
  const { plan, sha256 } = input;
  checkLayers(input);
  const files: AtlasFile[] = [];
  const written: PublishObject[] = [];
  const layers: { readonly plan: PublishLayer; readonly row: LayerRow; readonly units: readonly UnitRow[] }[] = [];
  const write = async (key: string, kind: PublishObject['kind'], layer: string, rows: number, data: Uint8Array, contentType: string): Promise<PublishObject> => {
    signal?.throwIfAborted();
    const object = { key, kind, layer, rows, bytes: data.length, sha256: await sha256(data) };
    await input.store.put(key, data, { contentType }, signal);
    written.push(object);
    return object;
  };

  for (const layer of plan.layers) {
    const { rows, files: read } = await readLayer(input, layer, signal);
    const units = unitRows(layer, plan.spec.views.synthesis, rows, input.failures ?? [], await readStatistics(input, layer, signal));
    const natural = await naturalFiles(input, layer, signal);
    await write(`units/${layerPath(layer.id)}.parquet`, 'units', layer.id, units.length, writeUnits(layer.id, units), parquetType);
    files.push(...read, ...natural);
    layers.push({ plan: layer, row: layerRow(layer, units), units });
    input.onProgress?.(layers.length, plan.layers.length);
  }
  const skipped = plan.spec.views.exemplars === undefined ? undefined : await readSkipped(input, signal);
  if (skipped !== undefined) await write('skipped.parquet', 'skipped', '', skipped.length, writeSkipped(skipped), parquetType);
  const layerRows = layers.map(({ row }) => row);
  await write('layers.parquet', 'layers', '', layerRows.length, writeLayers(layerRows), parquetType);
  for (const { key, kind, layer, rows, bytes, sha256: hash } of written) files.push({ path: key, kind: kind as AtlasFile['kind'], layer, rows, bytes, sha256: hash });

  const manifest: AtlasManifest = {
    version: manifestVersion,
    model: { name: plan.modelName, sha256: plan.modelSha256, bytes: plan.modelBytes, preprocess: sorted(plan.spec.model.preprocess) },
    layers: layers.map(({ plan: layer, row }) => atlasLayer(layer, row)),
    views: plan.spec.views.synthesis.map((view) => ({ kind: 'synthesis', ...(sorted(view) as typeof view) })),
    ...(skipped === undefined ? {} : { dataset: datasetOf(plan, skipped, samplesOf(layers)) }),
    totals: totalsOf(layers.map(({ units }) => units), files),
    spec: specOf(plan),
    files,
  };
  for (const { path, layer, data: page } of writeIndex(manifest, layerRows)) await write(path, 'index', layer, 1, page, 'application/json');
  const data = writeManifest(manifest);
  await write(manifestPath, 'atlas', '', 1, data, 'application/json');
  return { manifest, objects: written };
}

/** Pictures read: every unit has seen all of them. */
function samplesOf(layers: readonly { readonly units: readonly UnitRow[] }[]): number {
  return layers.flatMap(({ units }) => units).reduce((most, { samples }) => Math.max(most, samples ?? 0), 0);
}

const parquetType = 'application/vnd.apache.parquet';

/** Kinds of objects that belong to one layer. */
const ofLayer: ReadonlySet<string> = new Set(['synthesis', 'exemplars', 'projections', 'statistics']);

function checkLayers({ plan, objects }: PublishInput): void {
  const seen = new Set<string>();
  for (const { id } of plan.layers) {
    if (seen.has(layerPath(id))) throw errors.sameLayerTwice({ layer: id });
    seen.add(layerPath(id));
  }
  for (const { kind, layer, key } of objects) {
    if (ofLayer.has(kind) && !seen.has(layerPath(layer))) throw errors.unplannedLayer({ layer, path: key });
  }
}

async function readLayer(input: PublishInput, layer: PublishLayer, signal: AbortSignal | undefined): Promise<{ readonly rows: readonly ScoreRow[]; readonly files: readonly AtlasFile[] }> {
  const objects = input.objects.filter(({ kind, layer: of }) => kind === 'synthesis' && of === layer.id);
  const read: { readonly file: AtlasFile; readonly rows: readonly ScoreRow[] }[] = [];
  for (let i = 0; i < objects.length; i += readAtOnce) {
    read.push(...(await Promise.all(objects.slice(i, i + readAtOnce).map((object) => readObject(input, object, signal)))));
  }
  read.sort((a, b) => (a.file.view ?? 0) - (b.file.view ?? 0) || (a.file.unitStart ?? 0) - (b.file.unitStart ?? 0) || (a.file.path < b.file.path ? -1 : 1));
  return { rows: read.flatMap(({ rows }) => rows), files: read.map(({ file }) => file) };
}

async function readObject({ store }: PublishInput, object: PublishObject, signal: AbortSignal | undefined): Promise<{ readonly file: AtlasFile; readonly rows: readonly ScoreRow[] }> {
  const { key: path, bytes, sha256, rows: count, layer } = object;
  const found = await readTable(synthesisTable, await openParquet(store, path, bytes, signal), { fields: scoreFields });
  if (found.length !== count) throw errors.wrongRows({ path, rows: count, found: found.length });
  const units = found.map(({ unit }) => unit);
  return {
    rows: found.map((row) => ({ ...row, path })),
    file: {
      path, kind: 'synthesis', layer,
      ...(found[0] === undefined ? {} : { view: found[0].view, unitStart: Math.min(...units), unitEnd: Math.max(...units) + 1 }),
      rows: count, bytes, sha256,
    },
  };
}

function layerRow(layer: PublishLayer, units: readonly UnitRow[]): LayerRow {
  const healthy = units.filter(({ health }) => health.length === 0).length;
  return {
    layer: layer.id, path: layerPath(layer.id), tensor: layer.tensor, site: layer.site, op: layer.op, shape: layer.shape, units: layer.units,
    swept: units.length, healthy, flagged: units.length - healthy, dead: units.filter(({ health }) => health.includes('dead')).length,
    megaMacs: layer.megaMacs, fieldKind: layer.field?.kind ?? null, receptiveField: windowOf(layer),
    blockedCode: layer.blocked?.code ?? null, blockedReason: layer.blocked?.message ?? null,
  };
}

function windowOf({ field }: PublishLayer): LayerRow['receptiveField'] {
  return field?.kind === 'window' ? { size: field.size, stride: field.stride, offset: field.offset } : null;
}

function atlasLayer({ id, op, site, units, selected, inputs }: PublishLayer, { path, healthy, flagged, dead }: LayerRow): AtlasLayer {
  return { id, path, op, site, units, selected, ...(inputs === undefined ? {} : { inputs }), healthy, flagged, dead };
}

/** The spec without the places where model, data set and output lie: an atlas is the same wherever it is made. */
function specOf({ spec }: PublishPlan): unknown {
  const { output: _output, dataset: _dataset, model, ...rest } = spec;
  const { path: _path, ...modelRest } = model;
  return sorted({ ...rest, model: modelRest });
}

/** A JSON value with its keys in order, however it was stored on the way. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}
