import { indexPath, layerIndexPath, partialPrefix, writeIndex, type AtlasProgress } from './atlas-index.js';
import { layerPath } from './layer-path.js';
import { manifestVersion, type AtlasFile, type AtlasManifest } from './manifest.js';
import { naturalFiles } from './natural-objects.js';
import { atlasLayer, layerRow, modelOf, specOf, viewsOf } from './manifest-parts.js';
import type { AtlasSource } from './parquet-file.js';
import type { PublishLayer, PublishObject, PublishPlan } from './publish-plan.js';
import { readSynthesisObject } from './read-synthesis-object.js';
import { totalsOf } from './totals-of.js';
import { unitsOf } from './unit-rows.js';

export interface PartialStore extends Pick<AtlasSource, 'get'> {
  put(key: string, data: Uint8Array, options?: { readonly contentType?: string }, signal?: AbortSignal): Promise<unknown>;
  delete(key: string, signal?: AbortSignal): Promise<void>;
}

/** An index of what a running sweep has committed, beside its results: pages show the atlas while it grows. */
export interface PartialAtlas {
  /** Brings the index up to date with all that is committed: of files that are new the columns of units are read, of layers that changed the index is written. */
  update(objects: readonly PublishObject[], signal?: AbortSignal): Promise<void>;
  /** Takes every trace of it away. */
  remove(signal?: AbortSignal): Promise<void>;
}

/** Errors of its calls: those of reading a result, and the store's own. */
export function createPartialAtlas({ plan, store }: { readonly plan: PublishPlan; readonly store: PartialStore }): PartialAtlas {
  const known = new Map<string, AtlasFile>();
  let written: ReadonlyMap<string, number> | undefined;

  const fileOf = async (layer: PublishLayer, object: PublishObject, signal: AbortSignal | undefined): Promise<AtlasFile | undefined> => {
    const before = known.get(object.key);
    if (before !== undefined) return before;
    const [file] = object.kind === 'synthesis' ? [(await readSynthesisObject(store, object, signal)).file] : await naturalFiles({ objects: [object], store }, layer, signal);
    if (file !== undefined) known.set(object.key, file);
    return file;
  };

  return {
    async update(objects, signal) {
      const files: AtlasFile[] = [];
      for (const layer of plan.layers) {
        for (const object of objects) {
          if (object.layer !== layer.id || !shownKinds.has(object.kind)) continue;
          const file = await fileOf(layer, object, signal);
          if (file !== undefined) files.push(file);
        }
      }
      const counts = new Map(plan.layers.map(({ id }) => [id, files.filter(({ layer }) => layer === id).length]));
      const isChanged = (layer: string): boolean => layer === '' || written === undefined || written.get(layer) !== counts.get(layer);
      const { manifest, facts } = manifestOf(plan, files);
      for (const { path, layer, data } of writeIndex(manifest, facts, (layer) => progressOf(plan, files, layer))) {
        if (isChanged(layer)) await store.put(`${partialPrefix}${path}`, data, { contentType: 'application/json' }, signal);
      }
      written = counts;
    },

    async remove(signal) {
      // The list of layers last: an index that is found leads to all others.
      for (const path of [...plan.layers.map(({ id }) => layerIndexPath(id)), indexPath]) await store.delete(`${partialPrefix}${path}`, signal);
    },
  };
}

const shownKinds: ReadonlySet<string> = new Set(['synthesis', 'exemplars', 'projections']);

/** Scores and health come with the whole layer: no unit counts as healthy yet. */
function manifestOf(plan: PublishPlan, files: readonly AtlasFile[]): { readonly manifest: AtlasManifest; readonly facts: readonly ReturnType<typeof layerRow>[] } {
  const facts = plan.layers.map((layer) => layerRow(layer, []));
  const units = plan.layers.reduce((sum, layer) => sum + unitsOf(layer).length, 0);
  return {
    facts,
    manifest: {
      version: manifestVersion, model: modelOf(plan), layers: plan.layers.map((layer, i) => atlasLayer(layer, facts[i]!)), views: viewsOf(plan),
      totals: { ...totalsOf([], files), layers: plan.layers.length, units }, spec: specOf(plan), files,
    },
  };
}

/** Pictures there are, of those that were planned, in one layer or in all. */
function progressOf({ layers, spec }: PublishPlan, files: readonly AtlasFile[], of: string | undefined): AtlasProgress {
  const each = spec.views.synthesis.reduce((sum, { seeds }) => sum + new Set(seeds).size, 0);
  const isMeant = (layer: string): boolean => of === undefined || layerPath(layer) === layerPath(of);
  return {
    done: files.filter(({ kind, layer }) => kind === 'synthesis' && isMeant(layer)).reduce((sum, { rows }) => sum + rows, 0),
    planned: layers.filter(({ id, blocked }) => blocked === undefined && isMeant(id)).reduce((sum, layer) => sum + unitsOf(layer).length * each, 0),
  };
}
