import { builtinObjectives, type Objective } from '@neuron-atlas/objectives';
import { createPluginSet, type Plugin, type PluginSet } from '@neuron-atlas/plugins';
import { builtinPriors, builtinRecipes, builtinRegularisers, builtinTransforms, type Prior, type Recipe, type Regulariser, type Transform } from '@neuron-atlas/priors';
import type { Optimiser } from './optimiser.js';
import * as optimisers from './optimisers/index.js';
import type { Schedule } from './schedule.js';
import * as schedules from './schedules/index.js';

/** All that ascents are put together from, by kind. */
export interface Plugins {
  readonly priors: PluginSet<Prior>;
  readonly regularisers: PluginSet<Regulariser>;
  readonly transforms: PluginSet<Transform>;
  readonly objectives: PluginSet<Objective>;
  readonly optimisers: PluginSet<Optimiser>;
  readonly schedules: PluginSet<Schedule>;
  readonly recipes: readonly Recipe[];
}

/** What a package may bring. */
export interface Extras {
  readonly priors?: readonly Prior[];
  readonly objectives?: readonly Objective[];
  readonly regularisers?: readonly Regulariser[];
  readonly transforms?: readonly Transform[];
}

/** What comes with the project, and more; two plugins of one kind and name are PLUGINS_DUPLICATE. */
export function createPlugins(extras: Extras = {}): Plugins {
  return {
    priors: createPluginSet('prior', [...builtinPriors, ...(extras.priors ?? [])]),
    regularisers: createPluginSet('regulariser', [...builtinRegularisers, ...(extras.regularisers ?? [])]),
    transforms: createPluginSet('transform', [...builtinTransforms, ...(extras.transforms ?? [])]),
    objectives: createPluginSet('objective', [...builtinObjectives, ...(extras.objectives ?? [])]),
    optimisers: createPluginSet('optimiser', Object.values(optimisers) as readonly unknown[] as readonly Optimiser[]),
    schedules: createPluginSet('schedule', Object.values(schedules) as readonly unknown[] as readonly Schedule[]),
    recipes: builtinRecipes,
  };
}

export const builtinPlugins = createPlugins();

/** How agents, plans and the coordinator call a plugin. */
export const pluginName = (kind: string, { name, version }: Pick<Plugin, 'name' | 'version'>): string => `${kind}/${name}@${version}`;

/** `prior/fourier@2`, …, sorted: what an agent tells the coordinator that it has. */
export function pluginNames(plugins: Plugins): readonly string[] {
  const sets: readonly PluginSet<Plugin>[] = [plugins.priors, plugins.regularisers, plugins.transforms, plugins.objectives, plugins.optimisers, plugins.schedules];
  return sets.flatMap(({ kind, all }) => all.map((plugin) => pluginName(kind, plugin))).sort();
}
