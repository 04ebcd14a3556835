import type { Value } from '@neuron-atlas/onnx';
import { file, type Chosen, type PluginSet, type Settled } from '@neuron-atlas/plugins';
import { isFormula, parseFormula, printFormula, termsOf, withTerms, type Formula } from './formula.js';
import type { Objective } from './objective.js';

/** An objective with its params, and those that it is put together from: itself where it is one. */
export interface ChosenObjective extends Chosen<Objective> {
  readonly terms: readonly Chosen<Objective>[];
}

/**
 * An objective by name, or a formula of objectives as one.
 *
 * What a formula makes is called by the formula itself with every version and param written out, so that a key made of the
 * name changes with each of them. Errors: PLUGINS_* for names and params, OBJECTIVES_BAD_FORMULA.
 */
export function chooseObjective(objectives: PluginSet<Objective>, text: string, params: Settled): ChosenObjective {
  if (objectives.all.some(({ name }) => name === text) || !isFormula(text)) {
    const chosen = objectives.choose(text, params);
    return { ...chosen, terms: [chosen] };
  }
  const formula = parseFormula(text);
  const terms = termsOf(formula).map((term) => objectives.choose(term.name, term.params));
  const settled = withTerms(formula, terms.map(({ plugin: { name, version }, params: own }) => ({ kind: 'objective', name, version, params: own })));
  const files = Object.fromEntries(terms.flatMap(({ plugin, params: own }, i) => Object.entries(own)
    .filter(([param, value]) => plugin.params[param]!.file !== undefined && value !== '').map(([param, value]) => [`${i}.${param}`, value])));
  return { plugin: combined(settled, terms, Object.keys(files)), params: files, terms };
}

function combined(formula: Formula, terms: readonly Chosen<Objective>[], files: readonly string[]): Objective {
  return {
    name: printFormula(formula),
    version: 1,
    summary: 'Objectives, added up and multiplied.',
    source: 'Olah et al. 2017, Feature Visualization (arithmetic of Lucid objectives)',
    params: Object.fromEntries(files.map((name) => [name, file('bytes', 'A file of one of them.')])),
    ...(terms.some(({ plugin }) => plugin.together === true) ? { together: true } : {}),
    ...(terms.some(({ plugin }) => plugin.starts !== undefined) ? { starts: 'facets' } : {}),
    taps: (target) => [...new Set(terms.flatMap(({ plugin }) => plugin.taps(target)))],
    build: (ctx) => {
      const { g } = ctx;
      let next = 0;
      const value = (of: Formula): Value | number => {
        if (of.kind === 'number') return of.value;
        if (of.kind === 'objective') {
          const i = next++;
          const { plugin, params } = terms[i]!;
          return plugin.build({ ...ctx, params: params as never, file: (param) => ctx.file(`${i}.${param}`), pictured: (param) => ctx.pictured(`${i}.${param}`) });
        }
        const parts = of.parts.map(value);
        return of.kind === 'sum'
          ? parts.reduce((a, b) => (typeof a === 'number' && typeof b === 'number' ? a + b : g.add(a, b)))
          : parts.reduce((a, b) => (typeof a === 'number' && typeof b === 'number' ? a * b : g.mul(a, b)));
      };
      return value(formula) as Value; // a formula without objectives is not parsed
    },
  };
}
