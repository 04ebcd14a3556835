import { layerPath } from './layer-path.js';
import type { LayerRow } from './layers.js';
import type { AtlasLayer, AtlasModel, AtlasView } from './manifest.js';
import type { PublishLayer, PublishPlan } from './publish-plan.js';
import type { UnitRow } from './units.js';

/** A layer's row of `layers.parquet`, its health counted from the records of its units. */
export function layerRow(layer: PublishLayer, units: readonly UnitRow[]): LayerRow {
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

/** A layer as the manifest has it. */
export function atlasLayer({ id, op, site, units, selected, inputs }: PublishLayer, { path, healthy, flagged, dead }: LayerRow): AtlasLayer {
  return { id, path, op, site, units, selected, ...(inputs === undefined ? {} : { inputs }), healthy, flagged, dead };
}

/** The spec without the places where model, data set and output lie: an atlas is the same wherever it is made. */
export function specOf({ spec }: PublishPlan): unknown {
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

export function modelOf(plan: PublishPlan): AtlasModel {
  return { name: plan.modelName, sha256: plan.modelSha256, bytes: plan.modelBytes, preprocess: sorted(plan.spec.model.preprocess) };
}

export function viewsOf({ spec }: PublishPlan): readonly AtlasView[] {
  return spec.views.synthesis.map((view) => ({ kind: 'synthesis', ...(sorted(view) as typeof view) }));
}
