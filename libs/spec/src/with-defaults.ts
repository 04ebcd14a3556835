import { basename, dirname, extname, resolve } from 'node:path';
import { colourChannels } from './colour-channels.js';
import { chosenPlugin, type SpecPlugins, type SpecRecipe } from './spec-plugins.js';
import type { WrittenSpec } from './spec-schema.js';
import type { PartChoice, Preprocess, SweepSpec, SynthesisView } from './spec.js';

/** The spec with every default filled in. `modelSize` is the side of the model's own input in pixels. */
export function withDefaults(written: WrittenSpec, options: { readonly path: string; readonly modelSize?: number | undefined; readonly plugins?: SpecPlugins | undefined }): SweepSpec {
  const layers = written.units?.layers ?? 'all';
  return {
    name: written.name ?? nameFromPath(options.path),
    model: { path: written.model.path, ...(written.model.inputs === undefined ? {} : { inputs: written.model.inputs }), preprocess: settledPreprocess(written.model.preprocess ?? {}) },
    units: {
      layers: layers === 'all' ? 'all' : typeof layers === 'string' ? [layers] : layers.includes('all') ? 'all' : layers,
      channels: String(written.units?.channels ?? 'all'),
    },
    ...(written.dataset === undefined ? {} : { dataset: { ...written.dataset } }),
    views: {
      ...(written.views.exemplars === undefined ? {} : { exemplars: { top: 9, bottom: 9, quantiles: 5, effective: ['top'], batch: 8, ...written.views.exemplars } }),
      ...(written.views.projections === undefined ? {} : { projections: { method: 'deconvnet', seed: 'one', kinds: ['top', 'bottom', 'quantile'], batch: 8, ...written.views.projections } }),
      synthesis: (written.views.synthesis ?? []).map((view) => settledView(view, options.modelSize, options.plugins?.recipes ?? [])),
    },
    ...(written.quality === undefined ? {} : { quality: { trials: 20, references: 9, batch: 8, ...written.quality } }),
    ...(written.dataset === undefined ? {} : { publish: written.publish ?? 'crops' }),
    output: written.output,
  };
}

/** Values between 0 and 1, RGB, as they are, where nothing else is written. */
export function settledPreprocess(written: NonNullable<WrittenSpec['model']['preprocess']>): Preprocess {
  const color = written.color ?? 'RGB';
  const perChannel = (value: number): readonly number[] => Array.from({ length: colourChannels(color) ?? 1 }, () => value);
  return {
    mean: written.mean ?? perChannel(0),
    std: written.std ?? perChannel(1),
    range: written.range ?? [0, 1],
    color,
    ...(written.show === undefined ? {} : { show: written.show }),
    ...(written.resize === undefined ? {} : { resize: written.resize }),
    ...(written.crop === undefined ? {} : { crop: written.crop }),
  };
}

function settledView(view: NonNullable<WrittenSpec['views']['synthesis']>[number], modelSize: number | undefined, recipes: readonly SpecRecipe[]): SynthesisView {
  const recipe = recipes.find(({ name }) => name === view.recipe);
  const prior = view.prior === undefined ? recipe?.prior ?? { name: '', params: {} } : chosenPlugin(view.prior);
  const list = (written: NonNullable<typeof view.transforms> | undefined): readonly PartChoice[] | undefined =>
    (written === undefined ? undefined : written === 'none' ? [] : (Array.isArray(written) ? written : [written]).map(chosenPlugin));
  const one = (written: Parameters<typeof chosenPlugin>[0] | undefined): PartChoice | undefined => (written === undefined ? undefined : chosenPlugin(written));
  const parts = {
    recipe: view.recipe, regularisers: list(view.regularisers), transforms: list(view.transforms), optimiser: one(view.optimiser), schedule: one(view.schedule),
    learningRate: view.learningRate, ...(view.letThrough === undefined ? {} : { letThrough: view.letThrough }), keep: view.keep, stop: view.stop === undefined ? undefined : { patience: view.stop.patience, gain: view.stop.gain ?? 0.001 },
  };
  const objective = chosenPlugin(view.objective);
  return {
    prior: prior.name,
    priorParams: view.priorParams ?? prior.params,
    objective: objective.name,
    objectiveParams: view.objectiveParams ?? objective.params,
    steps: view.steps ?? recipe?.steps ?? 256,
    size: view.size ?? Math.min(128, modelSize ?? 128),
    seeds: view.seeds ?? [0],
    batch: view.batch ?? 8,
    ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)),
  };
}

/** `resnet.yaml` is resnet; `squeezenet/sweep.yaml` is squeezenet, because half of all specs are called sweep. */
export function nameFromPath(path: string): string {
  const full = resolve(path);
  const stem = basename(full, extname(full));
  const folder = basename(dirname(full));
  return (stem === 'sweep' || stem === 'spec') && folder !== '' ? folder : stem;
}
