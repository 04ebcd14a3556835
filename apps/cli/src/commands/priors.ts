import { builtinPlugins } from '@neuron-atlas/synthesis';
import { defineCommand } from '../command.js';
import { pluginLines, pluginRecord } from '../plugin-list.js';

export const priors = defineCommand<Record<never, never>>({
  name: 'priors',
  summary: 'List the priors and all that goes with them: recipes, regularisers, transforms, optimisers and schedules.',
  examples: ['priors', 'priors --json'],
  options: {},
  run: async ({ out }) => {
    const { recipes, priors: all, regularisers, transforms, optimisers, schedules } = builtinPlugins;
    const kinds = { priors: all.all, regularisers: regularisers.all, transforms: transforms.all, optimisers: optimisers.all, schedules: schedules.all };
    out.document(
      { ...Object.fromEntries(Object.entries(kinds).map(([kind, plugins]) => [kind, plugins.map(pluginRecord)])), recipes },
      () => [
        ...Object.entries(kinds).flatMap(([kind, plugins]) => [`${kind.toUpperCase()}`, '', ...pluginLines(plugins), '']),
        'RECIPES', '',
        ...recipes.map(({ name, summary, source }) => `${name}: ${summary} After ${source}`),
      ],
    );
  },
});
