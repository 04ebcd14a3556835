import { defineCommand } from '../command.js';
import { pluginsOption } from '../local-options.js';
import { pluginLines, pluginRecord } from '../plugin-list.js';

export const priors = defineCommand<{ plugins: readonly string[] | undefined }>({
  name: 'priors',
  summary: 'List the priors and all that goes with them: recipes, regularisers, transforms, optimisers and schedules.',
  examples: ['priors', 'priors --json'],
  options: { plugins: pluginsOption },
  run: async ({ options, out, world }) => {
    const { recipes, priors: all, regularisers, transforms, optimisers, schedules } = await world.loadPlugins(options.plugins);
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
