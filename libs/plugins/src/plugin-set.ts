import { errors } from './errors.js';
import type { Params, ParamValue, Settled } from './params.js';
import type { Chosen, Plugin } from './plugin.js';

/** Plugins of one kind by name. */
export interface PluginSet<T extends Plugin> {
  readonly kind: string;
  readonly all: readonly T[];
  /** Checks name and params, fills in defaults; names and ranges that do not fit are errors. */
  choose(name: string, given: Settled): Chosen<T>;
}

/** Two plugins of one name are PLUGINS_DUPLICATE. `kind` is what messages call them: `prior`, `objective`. */
export function createPluginSet<T extends Plugin>(kind: string, plugins: readonly T[]): PluginSet<T> {
  const byName = new Map<string, T>();
  for (const plugin of plugins) {
    if (byName.has(plugin.name)) throw errors.duplicate({ kind, name: plugin.name });
    byName.set(plugin.name, plugin);
  }
  return {
    kind,
    all: [...byName.values()],
    choose(name, given) {
      const plugin = byName.get(name);
      if (plugin === undefined) throw errors.unknownName({ kind, name, known: [...byName.keys()] });
      return { plugin, params: settle(kind, name, plugin.params, given) };
    },
  };
}

function settle(kind: string, name: string, params: Params, given: Settled): Settled {
  for (const param of Object.keys(given)) {
    if (!Object.hasOwn(params, param)) throw errors.unknownParam({ kind, name, param, known: Object.keys(params) });
  }
  return Object.fromEntries(Object.entries(params).map(([param, { default: fallback, doc, check }]): [string, ParamValue] => {
    const value = given[param] ?? fallback;
    if (typeof value !== typeof fallback || !(check as (value: ParamValue) => boolean)(value)) throw errors.badParam({ kind, name, param, value, doc });
    return [param, value];
  }));
}
