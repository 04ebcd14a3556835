import { nearNames } from './near-names.js';

/** One setting of a prior or an objective, as the spec checks it. */
export interface PluginParam {
  readonly doc: string;
  readonly check: (value: number) => boolean;
}

/** The priors and objectives that a spec may name; libs/priors and libs/objectives have lists of this shape. */
export interface SpecPlugins {
  readonly priors: readonly Plugin[];
  readonly objectives: readonly Plugin[];
}
interface Plugin {
  readonly name: string;
  readonly params: Readonly<Record<string, PluginParam>>;
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
  kind: 'prior' | 'objective', plugins: readonly Plugin[], name: string, params: Readonly<Record<string, number | string>>,
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
    if (typeof value === 'number' && definition.check(value)) return [];
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
