import { dirname, resolve } from 'node:path';
import { isAtlasError } from '@neuron-atlas/errors';
import { isFormula, parseFormula, termsOf } from '@neuron-atlas/objectives';
import { parseSpec, planSweep, type LayerPlan, type SpecPlugins, type SweepPlan } from '@neuron-atlas/spec';
import { neededPlugins, viewsFromExemplars, type Plugins } from '@neuron-atlas/synthesis';
import { errors } from './errors.js';
import { listDataset } from './store-dataset.js';
import { absoluteLocation } from './location.js';
import type { Block, ModelReport } from './model-report.js';
import { resolveFiles } from './plugin-files.js';
import type { World } from './world.js';

export interface PlanSource {
  /** Path of the spec, as typed. */
  readonly spec: string;
  /** Another model or output than the spec has; relative to the current folder. */
  readonly model?: string | undefined;
  readonly output?: string | undefined;
  /** Packages of plugins. */
  readonly plugins?: readonly string[] | undefined;
}

export interface LoadedPlan {
  readonly plan: SweepPlan;
  readonly model: ModelReport;
  /** What plugins read, by `sha256:<hex>`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What blocks layers of this plan. */
  readonly blocks: readonly Block[];
}

const listed = ({ priors, objectives, regularisers, transforms, optimisers, schedules, recipes }: Plugins): SpecPlugins => ({
  priors: priors.all, objectives: objectives.all, regularisers: regularisers.all, transforms: transforms.all,
  optimisers: optimisers.all, schedules: schedules.all, recipes,
  objectiveTerms: (text) => {
    if (objectives.all.some(({ name }) => name === text) || !isFormula(text)) return [{ name: text, params: undefined }];
    try {
      return termsOf(parseFormula(text));
    } catch (error) {
      if (isAtlasError(error)) return error.message; // said at its place in the spec, with all else that is wrong
      throw error;
    }
  },
});

/**
 * A spec's file and its model as a plan, the output made absolute; nothing is written.
 *
 * The path of a model in a spec is relative to the spec, which lies beside it; an output, and every path on the command
 * line, to the current folder.
 */
export async function loadPlan(world: World, source: PlanSource, signal: AbortSignal): Promise<LoadedPlan> {
  const file = resolve(world.cwd, source.spec);
  const text = await world.readText(file, 'spec');
  const loaded = await world.loadPlugins(source.plugins);
  const plugins = listed(loaded);
  const written = parseSpec(text, { path: source.spec, plugins });
  const location = source.model === undefined
    ? absoluteLocation(written.model.path, dirname(file)) : absoluteLocation(source.model, world.cwd);
  const model = await world.readModel(location, written.model.inputs ?? {}, signal);
  const { spec, files } = await resolveFiles(parseSpec(text, { path: source.spec, plugins, modelSize: sideOf(model.facts.input.shape) }), file, world, loaded);
  const output = absoluteLocation(source.output ?? spec.output, world.cwd);
  const dataset = spec.dataset === undefined ? undefined : await listDataset(world, spec.dataset, absoluteLocation(spec.dataset.path, dirname(file)), signal);
  const plan = planSweep({ ...spec, model: { ...spec.model, path: source.model ?? spec.model.path }, output }, model.facts, dataset, neededPlugins(spec.views.synthesis, loaded), viewsFromExemplars(spec.views.synthesis, loaded));
  const planned = new Set(plan.layers.map((layer) => layer.id));
  const blocks = model.blocks
    .map((block): Block => ({ ...block, layers: block.layers.filter((layer) => planned.has(layer)) }))
    .filter((block) => block.layers.length > 0);
  return { plan, model, files, blocks };
}

/** CLI_NOTHING_TO_SWEEP where every layer of a plan is blocked. */
export function assertSweepable({ plan, blocks }: LoadedPlan): void {
  const [first] = blocks;
  if (first === undefined || plan.dataset !== undefined || plan.layers.some((layer) => layer.blocked === undefined)) return;
  throw errors.nothingToSweep({ layers: plan.layers.length, code: first.code, message: first.message });
}

/** CLI_LAYERS_BLOCKED where some of a plan's layers could not be swept. */
export function assertNoneBlocked({ blocks }: LoadedPlan): void {
  const [first] = blocks;
  if (first !== undefined) throw errors.layersBlocked({ code: first.code, message: first.message, layers: first.layers });
}

/** Units that the plan sweeps: those of layers that are not blocked. */
export function plannedUnits(layer: LayerPlan): number {
  return layer.blocked === undefined ? layer.selected.reduce((sum, [start, end]) => sum + end - start, 0) : 0;
}

function sideOf(shape: readonly number[]): number | undefined {
  const [height, width] = shape.slice(2);
  return shape.length === 4 && height !== undefined && width !== undefined ? Math.min(height, width) : undefined;
}
