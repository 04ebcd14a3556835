import { openPlaces, rankedValue, receptiveFields, type Field, type PlaceReader } from '@neuron-atlas/exemplars';
import { specialize } from '@neuron-atlas/onnx';
import type { LayerPlan, SweepPlan } from '@neuron-atlas/spec';
import { compileProjection, openProjector, projectionKey, type ProjectionSource, type Projector } from '@neuron-atlas/synthesis';
import { leakOf } from './leak-of.js';
import type { NaturalDeps } from './run-exemplars.js';

/** Where a layer's units answer, and what they see from there. */
export interface LayerView extends AsyncDisposable {
  readonly places: PlaceReader;
  /** Absent where the layer does not look at the picture. */
  readonly field: Field | undefined;
}

/** Opened once for neighbouring shards. */
export function layerView(deps: NaturalDeps, plan: SweepPlan, layer: LayerPlan, signal: AbortSignal): Promise<LayerView> {
  const { input, modelSha256, spec } = plan;
  const { batch } = spec.views.exemplars!;
  const leak = leakOf(spec.views.synthesis[0]);
  return deps.sessions.get(JSON.stringify(['view', modelSha256, layer.tensor, input, batch, leak]), async () => {
    const model = await deps.models.get(deps.store, modelSha256, signal);
    const { name } = rankedValue(model, layer.tensor);
    const graph = await specialize(model, { input: input.name, shape: [1, ...input.shape.slice(1)], outputs: [name], runtime: deps.runtime });
    const places = await openPlaces({ model, runtime: deps.runtime, input, layer, batch, leak });
    return { places, field: receptiveFields(graph).get(name), [Symbol.asyncDispose]: () => places[Symbol.asyncDispose]() };
  });
}

/** What carries a layer's units back to the pixels, opened once for neighbouring shards. */
export async function layerProjector(deps: NaturalDeps, plan: SweepPlan, layer: LayerPlan, how: Pick<ProjectionSource, 'method' | 'seed' | 'batch'>, signal: AbortSignal): Promise<Projector> {
  const { modelSha256, input, spec } = plan;
  const { tensor, units, axis, kind } = layer;
  const source: ProjectionSource = { modelSha256, tensor, units, axis, kind, input, preprocess: spec.model.preprocess, ...how };
  return deps.sessions.get(await projectionKey(source, deps.runtime.version), async () => {
    const model = await deps.models.get(deps.store, modelSha256, signal);
    return openProjector(deps.runtime, await compileProjection({ ...source, model, runtime: deps.runtime }));
  });
}
