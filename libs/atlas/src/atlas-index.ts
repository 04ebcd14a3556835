import { errors } from './errors.js';
import { anything, array, count, object, string } from './json-shape.js';
import { layerPath } from './layer-path.js';
import type { LayerRow } from './layers.js';
import { manifestVersion, parseJson, type AtlasFile, type AtlasLayer, type AtlasManifest } from './manifest.js';
import type { AtlasSource } from './parquet-file.js';
import { termFiles, termsPath } from './search/open-terms.js';

/**
 * `index.json`: the manifest without its list of files. It grows with the number of layers, not with that of units
 * (docs/decisions/0060-pages-start-from-an-index.md).
 */
export type AtlasIndex = Omit<AtlasManifest, 'files'> & {
  /** While the sweep still runs: pictures there are, of those that were planned. Absent in a finished atlas. */
  readonly progress?: AtlasProgress;
};

export interface AtlasProgress {
  readonly done: number;
  readonly planned: number;
}

/** `index/<layer>.json`: all that a page about one layer, or one of its units, must know before it reads a table. */
export interface LayerIndex {
  readonly version: typeof manifestVersion;
  readonly model: AtlasManifest['model'];
  readonly layer: AtlasLayer;
  /** The layer's row of `layers.parquet`; null where that table could not be read. */
  readonly facts: LayerRow | null;
  /** Ids of its neighbours in the model's order; null at the ends. */
  readonly before: string | null;
  readonly after: string | null;
  readonly views: AtlasManifest['views'];
  readonly dataset?: AtlasManifest['dataset'];
  /** The files that hold something of this layer. */
  readonly files: readonly AtlasFile[];
  readonly progress?: AtlasProgress;
}

export const indexPath = 'index.json';

/** Where a layer's index lies: known from the layer's id alone, so that a link to a unit needs no other file first. */
export const layerIndexPath = (layer: string): string => `index/${layerPath(layer)}.json`;

/** Where the index of an atlas lies while it is still being made, before `index.json` and `index/`. */
export const partialPrefix = 'partial/';

/**
 * The index files of an atlas, by path: the same manifest gives the same bytes.
 *
 * `progressOf` says how much is done of an atlas that is still being made: of one layer, or of all of them.
 */
export function writeIndex(
  manifest: AtlasManifest, facts: readonly LayerRow[], progressOf?: (layer: string | undefined) => AtlasProgress,
): readonly { readonly path: string; readonly layer: string; readonly data: Uint8Array }[] {
  const { files, ...index } = manifest;
  const rows = new Map(facts.map((row) => [row.layer, row]));
  const terms = termFiles(manifest);
  const encode = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  return [
    ...manifest.layers.map((layer, i) => ({
      path: layerIndexPath(layer.id), layer: layer.id,
      data: encode({
        version: manifestVersion, model: manifest.model, layer, facts: rows.get(layer.id) ?? null,
        before: manifest.layers[i - 1]?.id ?? null, after: manifest.layers[i + 1]?.id ?? null,
        views: manifest.views, ...(manifest.dataset === undefined ? {} : { dataset: manifest.dataset }), files: files.filter((file) => file.layer === layer.id),
        ...(progressOf === undefined ? {} : { progress: progressOf(layer.id) }),
      }),
    })),
    { path: indexPath, layer: '', data: encode({ ...index, ...(progressOf === undefined ? {} : { progress: progressOf(undefined) }) }) },
    ...(terms === undefined ? [] : [{ path: termsPath, layer: '', data: encode(terms) }]),
  ];
}

/** Reads `index.json`; an atlas that is still being made has one under `partial/`, one that has none at all is read by its manifest. Errors: ATLAS_BAD_FILE, ATLAS_UNKNOWN_VERSION, and the source's own. */
export async function readIndex(source: Pick<AtlasSource, 'get'>, fallback: () => Promise<AtlasManifest>, signal?: AbortSignal): Promise<AtlasIndex> {
  for (const path of [indexPath, `${partialPrefix}${indexPath}`]) {
    const data = await ifThere(source, path, signal);
    if (data !== undefined) return checked<AtlasIndex>(data, path, indexShape);
  }
  return fallback();
}

/** Reads the index of a layer, as {@link readIndex} does that of the atlas. Errors: ATLAS_UNKNOWN_LAYER, ATLAS_BAD_FILE, and the source's own. */
export async function readLayerIndex(
  source: Pick<AtlasSource, 'get'>, layer: string, fallback: () => Promise<AtlasManifest>, signal?: AbortSignal,
): Promise<LayerIndex> {
  for (const path of [layerIndexPath(layer), `${partialPrefix}${layerIndexPath(layer)}`]) {
    const data = await ifThere(source, path, signal);
    if (data !== undefined) return checked<LayerIndex>(data, path, layerShape);
  }
  const manifest = await fallback();
  const at = manifest.layers.findIndex(({ id }) => id === layer);
  const found = manifest.layers[at];
  if (found === undefined) throw errors.unknownLayer({ layer, near: manifest.layers.slice(0, 40).map(({ id }) => id).join(', ') });
  return {
    version: manifestVersion, model: manifest.model, layer: found, facts: null, views: manifest.views, ...(manifest.dataset === undefined ? {} : { dataset: manifest.dataset }),
    before: manifest.layers[at - 1]?.id ?? null, after: manifest.layers[at + 1]?.id ?? null,
    files: manifest.files.filter((file) => file.layer === layer),
  };
}

/** What a source throws for a key that is not there ends in one of these, whatever the source. */
const isAbsent = (error: unknown): boolean => typeof error === 'object' && error !== null && 'code' in error && /NOT_FOUND$|NO_ATLAS$/.test(String(error.code));

async function ifThere(source: Pick<AtlasSource, 'get'>, path: string, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
  return source.get(path, undefined, signal).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
}

const indexShape = object({ version: count, model: object({ name: string, sha256: string }), layers: array(object({ id: string, units: count })), views: array(anything), totals: object({ units: count }) });
const layerShape = object({
  version: count, model: object({ name: string, sha256: string }), layer: object({ id: string, units: count, selected: array(array(count)) }), views: array(anything),
  files: array(object({ path: string, kind: string, rows: count, bytes: count })),
});

function checked<T extends { readonly version: number }>(data: Uint8Array, path: string, shape: ReturnType<typeof object>): T {
  const document = parseJson(data, (problem) => errors.badFile({ path, problem }));
  const problem = shape(document, '');
  if (problem !== undefined) throw errors.badFile({ path, problem: `${problem.field} ${problem.problem}` });
  const { version } = document as T;
  if (version !== manifestVersion) throw errors.unknownVersion({ version, known: manifestVersion });
  return document as T;
}

