import { errors } from './errors.js';
import { healthFlags, type Health } from './health.js';
import { anything, array, count, literal, maybe, object, sha256Hex, string, type JsonShape } from './json-shape.js';
import { projectionMethods, type ProjectionMethod } from './projections.js';

/** Raised when an atlas of before cannot be read as one of now: 2 since exemplars have `sample_item` and `input_box`. */
export const manifestVersion = 2;
export const manifestPath = 'atlas.json';

/** `atlas.json`: what an atlas is of, what it has, and every file with its hash. Without times and places. */
export interface AtlasManifest {
  readonly version: typeof manifestVersion;
  readonly model: AtlasModel;
  /** In the model's order. */
  readonly layers: readonly AtlasLayer[];
  /** The synthesis views: a row's `view` counts among these. */
  readonly views: readonly AtlasView[];
  /** The data set whose pictures are the exemplars; absent where none was read. */
  readonly dataset?: AtlasDataset;
  readonly totals: AtlasTotals;
  /** The sweep spec, without the places of its model and its output. */
  readonly spec: unknown;
  /** Per layer synthesis by view and unit, exemplars and projections by unit; then units, skipped, terms, layers. */
  readonly files: readonly AtlasFile[];
}

export interface AtlasModel {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  /** How a picture in 0..1 becomes the model's input. */
  readonly preprocess: unknown;
}

export interface AtlasLayer {
  readonly id: string;
  /** The layer as a path segment. */
  readonly path: string;
  readonly op: string;
  readonly site: 'pre' | 'post';
  /** Channels of the layer. */
  readonly units: number;
  /** The units of the atlas, as [start, end) ranges. */
  readonly selected: readonly (readonly [start: number, end: number])[];
  /** Ids of the layers that it reads, no layer between; absent where nobody looked. */
  readonly inputs?: readonly string[];
  readonly healthy: number;
  readonly flagged: number;
  readonly dead: number;
}

export interface AtlasView {
  readonly kind: 'synthesis';
  readonly prior: string;
  readonly objective: string;
  readonly seeds: readonly number[];
  /** Further settings of the view, as in the spec. */
  readonly [setting: string]: unknown;
}

/** What was taken from a data set; not where it lies. */
export interface AtlasDataset {
  readonly exemplars: { readonly top: number; readonly bottom: number; readonly quantiles: number };
  readonly projections?: { readonly method: ProjectionMethod; readonly seed: 'activation' | 'one' };
  /** What of the pictures the atlas shows. */
  readonly publish: 'crops' | 'blurred' | 'links';
  /** sha256 of the list of its files. */
  readonly list: string;
  /** Pictures read, and files that could not be. */
  readonly samples: number;
  readonly skipped: number;
  /** Different terms by which top exemplars are searched; absent or 0 where there is no such index. */
  readonly terms?: number;
}

/** Units by health; a unit with several flags counts under each of them. */
export type AtlasTotals = {
  readonly layers: number;
  readonly units: number;
  /** Rows of the synthesis tables. */
  readonly pictures: number;
  /** Rows of the exemplars and of the projections tables. */
  readonly exemplars: number;
  readonly projections: number;
  readonly healthy: number;
  readonly flagged: number;
} & { readonly [K in Exclude<Health, (typeof newFlags)[number]>]: number } & { readonly [K in (typeof newFlags)[number]]?: number };

export interface AtlasFile {
  readonly path: string;
  readonly kind: 'synthesis' | 'exemplars' | 'projections' | 'units' | 'skipped' | 'terms' | 'layers';
  /** Layer id; empty for files of all layers. */
  readonly layer: string;
  /** For synthesis: index of the view. For it, exemplars and projections: the range of their units [unitStart, unitEnd). */
  readonly view?: number;
  readonly unitStart?: number;
  readonly unitEnd?: number;
  /** For terms: the first and the last of the file. */
  readonly first?: string;
  readonly last?: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

const range: JsonShape = (value, field) => array(count)(value, field)
  ?? ((value as readonly number[]).length === 2 ? undefined : { field, problem: 'must have two numbers' });

/** Newer than the format's version: an atlas of before does not count them. */
export const newFlags = ['unspecific', 'seeds-disagree', 'unclear'] as const satisfies readonly Health[];
const isNew = (flag: string): boolean => (newFlags as readonly string[]).includes(flag);

const shape = object({
  model: object({ name: string, sha256: sha256Hex, bytes: count, preprocess: anything }),
  layers: array(object({
    id: string, path: string, op: string, site: literal('pre', 'post'), units: count, selected: array(range), inputs: maybe(array(string)),
    healthy: count, flagged: count, dead: count,
  })),
  views: array(object({ kind: literal('synthesis'), prior: string, objective: string, seeds: array(literalNumber) })),
  dataset: maybe(object({
    exemplars: object({ top: count, bottom: count, quantiles: count }),
    projections: maybe(object({ method: literal(...projectionMethods), seed: literal('activation', 'one') })),
    publish: literal('crops', 'blurred', 'links'), list: sha256Hex, samples: count, skipped: count, terms: maybe(count),
  })),
  totals: object({
    layers: count, units: count, pictures: count, exemplars: count, projections: count, healthy: count, flagged: count,
    ...Object.fromEntries(healthFlags.map((flag) => [flag, isNew(flag) ? maybe(count) : count])),
  }),
  spec: anything,
  files: array(object({
    path: safePath, kind: literal('synthesis', 'exemplars', 'projections', 'units', 'skipped', 'terms', 'layers'), layer: string, view: maybe(count), unitStart: maybe(count), unitEnd: maybe(count),
    first: maybe(string), last: maybe(string),
    rows: count, bytes: count, sha256: sha256Hex,
  })),
});

function literalNumber(value: unknown, field: string): ReturnType<JsonShape> {
  return Number.isSafeInteger(value) ? undefined : { field, problem: 'must be a whole number' };
}

/** A manifest may come from anywhere: its paths must not lead out of the atlas. */
function safePath(value: unknown, field: string): ReturnType<JsonShape> {
  const safe = typeof value === 'string' && /^[^/\\]+(\/[^/\\]+)*$/.test(value) && !value.split('/').some((part) => part === '.' || part === '..');
  return safe ? undefined : { field, problem: 'must be a path inside the atlas' };
}

/** The same manifest gives the same bytes. */
export function writeManifest(manifest: AtlasManifest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 1)}\n`);
}

/** Errors: ATLAS_BAD_MANIFEST with the field, ATLAS_UNKNOWN_VERSION. */
export function parseManifest(data: Uint8Array): AtlasManifest {
  const document = parseJson(data, (problem, cause) => errors.badManifest({ field: 'the document', problem }, cause));
  const problem = object({ version: count })(document, '');
  if (problem !== undefined) throw errors.badManifest(problem);
  const { version } = document as { readonly version: number };
  if (version !== manifestVersion) throw errors.unknownVersion({ version, known: manifestVersion });
  const wrong = shape(document, '');
  if (wrong !== undefined) throw errors.badManifest(wrong);
  return document as AtlasManifest;
}

/** A JSON document, or the error that is made of what is wrong with it. */
export function parseJson(data: Uint8Array, failed: (problem: string, cause: unknown) => Error): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch (error) {
    throw failed(`is not JSON: ${(error as Error).message}`, error);
  }
}
