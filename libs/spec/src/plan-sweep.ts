import { parseChannelRanges } from './channel-ranges.js';
import { colourChannels } from './colour-channels.js';
import { contentKey } from './content-key.js';
import { errors } from './errors.js';
import { matchLayers } from './match-layers.js';
import type { DatasetPlan, LayerPlan, SweepPlan } from './plan.js';
import type { SweepSpec } from './spec.js';

/** What planning needs to know of a model. */
export interface ModelFacts {
  readonly sha256: string;
  readonly name: string;
  readonly bytes: number;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly layers: readonly Omit<LayerPlan, 'selected'>[];
  /** Other names of the layers' units, swept only where a spec asks for them by name. */
  readonly twins?: readonly TwinFacts[];
}

/** A layer whose units are those of others: behind their nonlinearity (`conv1.post`), or side by side (`fire2.concat`). */
export interface TwinFacts extends Omit<LayerPlan, 'selected'> {
  readonly of: readonly { readonly layer: string; /** Its first unit here. */ readonly start: number; readonly units: number }[];
}

/**
 * A spec applied to a model: the layers that it names, in the order of the model, with their channels.
 *
 * Blocked layers stay in the plan, so that they are reported. `plugins` is what its views need of an agent, `fromExemplars` which of them start from exemplars. Errors: SPEC_NO_LAYERS, SPEC_GLOB_MATCHES_NOTHING,
 * SPEC_CHANNEL_BEYOND_LAYER, SPEC_COLOUR_MISMATCH, SPEC_BANDS_MISMATCH.
 */
export function planSweep(spec: SweepSpec, model: ModelFacts, dataset?: DatasetPlan, plugins?: readonly string[], fromExemplars: readonly number[] = []): SweepPlan {
  checkColour(spec, model);
  if (model.layers.length === 0) throw errors.noLayers({ model: model.name });
  const layers = matchLayers(spec.units, model.layers, (model.twins ?? []).map(({ of: _, ...twin }) => twin))
    .map((layer): LayerPlan => ({ ...layer, selected: parseChannelRanges(spec.units.channels, layer.units, layer.id) }));
  return {
    version: 1,
    spec,
    modelSha256: model.sha256,
    modelName: model.name,
    modelBytes: model.bytes,
    input: { name: model.input.name, shape: model.input.shape },
    layers,
    ...(plugins === undefined ? {} : { plugins }),
    ...(fromExemplars.length === 0 ? {} : { fromExemplars }),
    ...(dataset === undefined ? {} : { dataset }),
  };
}

/** Names a sweep by its content, output included: submitted twice, it is the same sweep. */
export function sweepKey(plan: SweepPlan): string {
  return contentKey(plan);
}

function checkColour(spec: SweepSpec, model: ModelFacts): void {
  const { color, mean, std, show = [] } = spec.model.preprocess;
  const { name, shape } = model.input;
  const gives = colourChannels(color);
  const wants = shape[1];
  if (shape.length !== 4 || wants === undefined || wants === gives) return;
  if (gives === undefined) {
    for (const [field, values] of Object.entries({ mean, std })) {
      if (values.length !== 1 && values.length !== wants) throw errors.bandsMismatch({ field, given: `${values.length} numbers`, input: name, shape, wants });
    }
    const beyond = show.find((band) => band > wants);
    if (beyond !== undefined) throw errors.bandsMismatch({ field: 'show', given: `band ${beyond}`, input: name, shape, wants });
    return;
  }
  throw errors.colourMismatch({ color, gives, input: name, shape, wants });
}
