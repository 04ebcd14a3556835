import { writeIndex } from './atlas-index.js';
import { errors } from './errors.js';
import { layerPath } from './layer-path.js';
import { writeLayers, type LayerRow } from './layers.js';
import { atlasLayer, layerRow, modelOf, specOf, viewsOf } from './manifest-parts.js';
import { manifestPath, manifestVersion, writeManifest, type AtlasFile, type AtlasManifest } from './manifest.js';
import { datasetOf, naturalFiles, readQuality, readSkipped, readStatistics } from './natural-objects.js';
import type { AtlasSource } from './parquet-file.js';
import type { PublishFailure, PublishLayer, PublishObject, PublishPlan } from './publish-plan.js';
import { readSynthesisObject } from './read-synthesis-object.js';
import { createTermIndex } from './search/term-index.js';
import { termFileParts, writeTerms } from './search/terms.js';
import type { Sha256 } from './sha256.js';
import { writeSkipped } from './skipped.js';
import { totalsOf } from './totals-of.js';
import { unitRows, type ScoreRow } from './unit-rows.js';
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
  const terms = createTermIndex();
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
    const units = unitRows(layer, plan.spec.views.synthesis, rows, input.failures ?? [], await readStatistics(input, layer, signal), await readQuality(input, layer, signal));
    const number = layers.length;
    const natural = await naturalFiles(input, layer, signal, ({ unit, rank, sampleId, sampleLabel }) => terms.add(number, unit, rank, sampleId, sampleLabel));
    await write(`units/${layerPath(layer.id)}.parquet`, 'units', layer.id, units.length, writeUnits(layer.id, units), parquetType);
    files.push(...read, ...natural);
    layers.push({ plan: layer, row: layerRow(layer, units), units });
    input.onProgress?.(layers.length, plan.layers.length);
  }
  const skipped = plan.spec.views.exemplars === undefined ? undefined : await readSkipped(input, signal);
  if (skipped !== undefined) await write('skipped.parquet', 'skipped', '', skipped.length, writeSkipped(skipped), parquetType);
  const bounds = new Map<string, Pick<AtlasFile, 'first' | 'last'>>();
  let termCount = 0;
  for (const { rows, first, last, begun } of termFileParts(terms.rows(plan.layers.map(({ id }) => id)))) {
    const { key } = await write(`terms/${String(bounds.size).padStart(5, '0')}.parquet`, 'terms', '', rows.length, writeTerms(rows), parquetType);
    bounds.set(key, { first, last });
    termCount += begun;
  }
  const layerRows = layers.map(({ row }) => row);
  await write('layers.parquet', 'layers', '', layerRows.length, writeLayers(layerRows), parquetType);
  for (const { key, kind, layer, rows, bytes, sha256: hash } of written) files.push({ path: key, kind: kind as AtlasFile['kind'], layer, ...bounds.get(key), rows, bytes, sha256: hash });

  const manifest: AtlasManifest = {
    version: manifestVersion,
    model: modelOf(plan),
    layers: layers.map(({ plan: layer, row }) => atlasLayer(layer, row)),
    views: viewsOf(plan),
    ...(skipped === undefined ? {} : { dataset: datasetOf(plan, skipped, samplesOf(layers), termCount) }),
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
const ofLayer: ReadonlySet<string> = new Set(['synthesis', 'exemplars', 'projections', 'statistics', 'quality']);

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
    read.push(...(await Promise.all(objects.slice(i, i + readAtOnce).map((object) => readSynthesisObject(input.store, object, signal)))));
  }
  read.sort((a, b) => (a.file.view ?? 0) - (b.file.view ?? 0) || (a.file.unitStart ?? 0) - (b.file.unitStart ?? 0) || (a.file.path < b.file.path ? -1 : 1));
  return { rows: read.flatMap(({ rows }) => rows), files: read.map(({ file }) => file) };
}
