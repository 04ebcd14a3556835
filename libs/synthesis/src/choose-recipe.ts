import { chooseObjective, type ChosenObjective } from '@neuron-atlas/objectives';
import { recordOf, type Chosen, type Plugin, type PluginChoice, type PluginRecord } from '@neuron-atlas/plugins';
import type { Prior, RecipeParts, Regulariser, Transform } from '@neuron-atlas/priors';
import type { SynthesisView } from '@neuron-atlas/spec';
import { errors } from './errors.js';
import type { Optimiser } from './optimiser.js';
import { pluginName, type Plugins } from './plugins.js';
import type { Schedule } from './schedule.js';

/** A view with every part of its ascent settled. */
export interface ChosenRecipe {
  readonly prior: Chosen<Prior>;
  readonly objective: ChosenObjective;
  readonly regularisers: readonly Chosen<Regulariser>[];
  readonly transforms: readonly Chosen<Transform>[];
  readonly optimiser: Chosen<Optimiser>;
  readonly schedule: Chosen<Schedule>;
  readonly learningRate: number;
  readonly keep: 'last' | 'best';
  /** Of the first steps, those in which shut rectifiers pass what would open them; absent: none. */
  readonly letThrough?: number;
}

/** The same as plain data, versions included: part of the key of a program and of the provenance of its pictures. */
export interface RecipeRecord {
  readonly prior: PluginRecord;
  readonly objective: PluginRecord;
  readonly regularisers: readonly PluginRecord[];
  readonly transforms: readonly PluginRecord[];
  readonly optimiser: PluginRecord;
  readonly schedule: PluginRecord;
  readonly learningRate: number;
  readonly keep: 'last' | 'best';
  readonly letThrough?: number;
}

/**
 * What a view asks for: first what it says itself, then the recipe that it names, then what goes with its prior.
 *
 * Errors: PLUGINS_* for names and params, SYNTHESIS_UNKNOWN_RECIPE, OBJECTIVES_BAD_FORMULA, SYNTHESIS_NOT_PIXELS for a regulariser that changes
 * pixels beside a prior that has none, SYNTHESIS_NO_START for an objective that starts from pictures beside a prior that cannot.
 */
export function chooseRecipe(view: SynthesisView, plugins: Plugins): ChosenRecipe {
  const recipe: RecipeParts | undefined = view.recipe === undefined ? {} : plugins.recipes.find(({ name }) => name === view.recipe);
  if (recipe === undefined) throw errors.unknownRecipe({ name: view.recipe!, known: plugins.recipes.map(({ name }) => name) });
  const prior = plugins.priors.choose(view.prior, view.priorParams);
  const own = prior.plugin.recipe;
  const each = <T>(choices: readonly PluginChoice[], choose: (name: string, params: PluginChoice['params']) => T): readonly T[] =>
    choices.map(({ name, params }) => choose(name, params));
  const one = (choice: PluginChoice): [string, PluginChoice['params']] => [choice.name, choice.params];
  const regularisers = each(view.regularisers ?? recipe.regularisers ?? own.regularisers ?? [], plugins.regularisers.choose);
  const misfit = regularisers.find(({ plugin }) => plugin.space === 'picture' && prior.plugin.space !== 'picture');
  if (misfit !== undefined) {
    throw errors.notPixels({ regulariser: misfit.plugin.name, prior: view.prior, others: plugins.regularisers.all.filter(({ space }) => space === 'any').map(({ name }) => name) });
  }
  const objective = chooseObjective(plugins.objectives, view.objective, view.objectiveParams);
  if (objective.plugin.starts !== undefined && prior.plugin.startAt === undefined) {
    throw errors.noStart({ objective: view.objective, prior: view.prior, others: plugins.priors.all.filter(({ startAt }) => startAt !== undefined).map(({ name }) => name) });
  }
  return {
    prior,
    objective,
    regularisers,
    transforms: each(view.transforms ?? recipe.transforms ?? own.transforms ?? [], plugins.transforms.choose),
    optimiser: plugins.optimisers.choose(...one(view.optimiser ?? recipe.optimiser ?? own.optimiser ?? { name: 'adam', params: {} })),
    schedule: plugins.schedules.choose(...one(view.schedule ?? recipe.schedule ?? own.schedule ?? { name: 'constant', params: {} })),
    learningRate: view.learningRate ?? recipe.learningRate ?? own.learningRate ?? 0.05,
    keep: view.keep ?? recipe.keep ?? own.keep ?? 'last',
    ...(view.letThrough === undefined ? {} : { letThrough: view.letThrough }),
  };
}

export function recipeRecord({ prior, objective, regularisers, transforms, optimiser, schedule, learningRate, keep, letThrough }: ChosenRecipe): RecipeRecord {
  return {
    prior: recordOf(prior), objective: recordOf(objective), regularisers: regularisers.map(recordOf), transforms: transforms.map(recordOf),
    optimiser: recordOf(optimiser), schedule: recordOf(schedule), learningRate, keep,
    ...(letThrough === undefined ? {} : { letThrough }),
  };
}

/** The views, by index, whose ascents start from exemplars: they wait for those of their layer. Errors: those of `chooseRecipe`. */
export const viewsFromExemplars = (views: readonly SynthesisView[], plugins: Plugins): readonly number[] =>
  views.flatMap((view, index) => (chooseRecipe(view, plugins).objective.plugin.starts === undefined ? [] : [index]));

/** `prior/fourier@2`, …, sorted, as agents name what they have: all that these views need. Errors: those of `chooseRecipe`. */
export function neededPlugins(views: readonly SynthesisView[], plugins: Plugins): readonly string[] {
  const needed = views.flatMap((view) => {
    const { prior, objective, regularisers, transforms, optimiser, schedule } = chooseRecipe(view, plugins);
    const kinds: readonly (readonly [string, readonly Chosen<Plugin>[]])[] =
      [['prior', [prior]], ['objective', objective.terms], ['regulariser', regularisers], ['transform', transforms], ['optimiser', [optimiser]], ['schedule', [schedule]]];
    return kinds.flatMap(([kind, chosen]) => chosen.map(({ plugin }) => pluginName(kind, plugin)));
  });
  return [...new Set(needed)].sort();
}
