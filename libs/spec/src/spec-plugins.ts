import { nearNames } from './near-names.js';

/** One setting of a prior or an objective, as the spec checks it. */
export interface PluginParam {
  readonly default: number | string;
  readonly doc: string;
  readonly check: ((value: number) => boolean) | ((value: string) => boolean);
  /** Set where the value is the path of a file. */
  readonly file?: 'bytes' | 'picture' | undefined;
}

/** Settings published together. */
export interface SpecRecipe {
  readonly name: string;
  readonly prior?: { readonly name: string; readonly params: Readonly<Record<string, number | string>> } | undefined;
  readonly steps?: number | undefined;
}

/** The kinds of plugin that a view names. */
export type PluginKind = 'prior' | 'objective' | 'regulariser' | 'transform' | 'optimiser' | 'schedule';

/** The priors and objectives that a spec may name; libs/priors and libs/objectives have lists of this shape. */
export interface SpecPlugins {
  readonly priors: readonly Plugin[];
  readonly objectives: readonly Plugin[];
  readonly regularisers?: readonly Plugin[];
  readonly transforms?: readonly Plugin[];
  readonly optimisers?: readonly Plugin[];
  readonly schedules?: readonly Plugin[];
  readonly recipes?: readonly SpecRecipe[];
  /** The objectives that a text names, with their params where it is a formula of several; a text where it is a formula that does not read. */
  readonly objectiveTerms?: (text: string) => string | readonly { readonly name: string; readonly params: Readonly<Record<string, number | string>> | undefined }[];
}

/** The plugins of a kind; undefined where the caller brought none of it. */
export const pluginsOf = (plugins: SpecPlugins, kind: PluginKind): readonly Plugin[] | undefined => ({
  prior: plugins.priors, objective: plugins.objectives, regulariser: plugins.regularisers,
  transform: plugins.transforms, optimiser: plugins.optimisers, schedule: plugins.schedules,
})[kind];
export interface Plugin {
  readonly name: string;
  readonly params: Readonly<Record<string, PluginParam>>;
  /** Of an objective: set where its ascents start from exemplars. */
  readonly starts?: 'facets' | undefined;
}

/** What is wrong with a plugin's name (`param` undefined) or with one of its params. */
export interface PluginProblem {
  readonly param?: string | undefined;
  /** Whether the param's name is wrong, not its value. */
  readonly atKey?: boolean | undefined;
  readonly problem: string;
}

/** All that is wrong with a choice of plugin. */
export function pluginProblems(
  kind: PluginKind, plugins: readonly Plugin[], name: string, params: Readonly<Record<string, number | string>>,
): readonly PluginProblem[] {
  const plugin = plugins.find((candidate) => candidate.name === name);
  if (plugin === undefined) {
    const known = plugins.map((candidate) => candidate.name);
    return [{ problem: `no ${kind} is called "${name}"${didYouMean(nearNames(name, known), known)}` }];
  }
  return Object.entries(params).flatMap(([param, value]): PluginProblem[] => {
    const known = Object.keys(plugin.params);
    const definition = known.includes(param) ? plugin.params[param] : undefined;
    if (definition === undefined) {
      return [{ param, atKey: true, problem: `${kind} ${name} has no param "${param}"${didYouMean(nearNames(param, known), known)}` }];
    }
    if (typeof value === typeof definition.default && (definition.check as (value: number | string) => boolean)(value)) return [];
    return [{ param, problem: `cannot be ${JSON.stringify(value)}: ${definition.doc}` }];
  });
}

/** ` (did you mean "x"?)`, or all the names there are where none is near. */
export function didYouMean(near: readonly string[], known: readonly string[]): string {
  if (near[0] !== undefined) return ` (did you mean "${near[0]}"?)`;
  return known.length === 0 ? '; it has none' : `; there are: ${known.join(', ')}`;
}

/** A plugin as written, taken apart: `fourier` or `{ name: fourier, decay: 1 }`. */
export function chosenPlugin(written: string | PluginWithParams): { readonly name: string; readonly params: Readonly<Record<string, number | string>> } {
  if (typeof written === 'string') return { name: written, params: {} };
  const { name, ...params } = written;
  return { name, params };
}
interface PluginWithParams {
  readonly name: string;
  readonly [param: string]: number | string;
}
