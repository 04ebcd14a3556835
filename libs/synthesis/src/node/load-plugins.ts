import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolve as resolveModule } from 'import-meta-resolve';
import type { Param, Plugin } from '@neuron-atlas/plugins';
import { errors } from '../errors.js';
import { createPlugins, type Extras, type Plugins } from '../plugins.js';

interface Kind {
  readonly kind: string;
  /** What every plugin of the kind has, beside its name and params. */
  readonly functions: readonly string[];
  readonly spaces?: readonly string[];
}

/** The exports of a package that are read. */
const kinds = {
  priors: { kind: 'prior', functions: ['latent', 'build', 'init'], spaces: ['picture', 'other'] },
  objectives: { kind: 'objective', functions: ['taps', 'build'] },
  regularisers: { kind: 'regulariser', functions: [], spaces: ['picture', 'any'] },
  transforms: { kind: 'transform', functions: ['margin', 'draw', 'neutral', 'build'] },
} as const satisfies Readonly<Record<string, Kind>>;
type Export = keyof typeof kinds;

/**
 * What comes with the project and what npm packages bring: each a name that is looked up from the folder `from` as an
 * import there would be, or the path of a module, absolute or beginning with a dot. A package exports any of `priors`,
 * `objectives`, `regularisers` and `transforms`, as lists.
 *
 * Their code runs here with all rights of this process: only whoever runs it names them, never a spec.
 * Errors: SYNTHESIS_PACKAGE_NOT_FOUND, SYNTHESIS_PACKAGE_FAILED where it throws as it loads, SYNTHESIS_PACKAGE_INVALID with
 * the first thing that is wrong, PLUGINS_DUPLICATE.
 */
export async function loadPlugins(packages: readonly string[], from: string): Promise<Plugins> {
  const brought: Record<Export, unknown[]> = { priors: [], objectives: [], regularisers: [], transforms: [] };
  for (const name of new Set(packages)) {
    const module = await importPackage(name, from);
    const found = (Object.keys(kinds) as Export[]).filter((key) => module[key] !== undefined);
    if (found.length === 0) throw errors.packageInvalid({ package: name, detail: `exports none of ${Object.keys(kinds).join(', ')}` });
    for (const key of found) brought[key].push(...checked(name, key, module[key]));
  }
  return createPlugins(brought as unknown as Extras);
}

async function importPackage(name: string, from: string): Promise<Readonly<Record<string, unknown>>> {
  let url: string;
  try {
    url = name.startsWith('.') || isAbsolute(name) ? pathToFileURL(resolve(from, name)).href : resolveModule(name, pathToFileURL(join(from, 'package.json')).href);
  } catch (cause) {
    throw errors.packageNotFound({ package: name, from, reason: (cause as Error).message }, cause);
  }
  if (url.startsWith('file:') && !existsSync(fileURLToPath(url))) throw errors.packageNotFound({ package: name, from, reason: `there is no ${fileURLToPath(url)}` });
  try {
    return await (import(url) as Promise<Readonly<Record<string, unknown>>>);
  } catch (cause) {
    throw errors.packageFailed({ package: name, reason: cause instanceof Error ? cause.message : String(cause) }, cause);
  }
}

function checked(name: string, key: Export, list: unknown): readonly unknown[] {
  if (!Array.isArray(list)) throw errors.packageInvalid({ package: name, detail: `${key} is no list` });
  for (const [index, plugin] of list.entries()) {
    const fault = faultOf(kinds[key], plugin as unknown);
    if (fault !== undefined) throw errors.packageInvalid({ package: name, detail: `${key}[${index}]${nameOf(plugin)} ${fault}` });
  }
  return list as readonly unknown[];
}

const nameOf = (plugin: unknown): string => {
  const { name } = (plugin ?? {}) as { readonly name?: unknown };
  return typeof name === 'string' ? ` (${name})` : '';
};

/** The first thing that a plugin lacks, in words that follow its name. */
function faultOf({ functions, spaces, kind }: Kind, plugin: unknown): string | undefined {
  if (typeof plugin !== 'object' || plugin === null) return 'is no object';
  const given = plugin as Partial<Record<keyof Plugin, unknown>> & Readonly<Record<string, unknown>>;
  if (typeof given.name !== 'string' || !/^[a-z][a-z0-9-]{0,63}$/.test(given.name)) return 'has no name of small letters, digits and dashes';
  if (!Number.isSafeInteger(given.version) || (given.version as number) < 1) return 'has no version, a whole number from 1';
  if (typeof given.summary !== 'string') return 'has no summary';
  if (typeof given.source !== 'string') return 'has no source';
  if (typeof given.params !== 'object' || given.params === null) return 'has no params (an empty object where it takes none)';
  for (const [param, value] of Object.entries(given.params as Readonly<Record<string, Partial<Param> | null>>)) {
    if (!['number', 'string'].includes(typeof value?.default) || typeof value?.doc !== 'string' || typeof value.check !== 'function') return `has a param ${param} without default, doc or check`;
  }
  const lacks = functions.find((method) => typeof given[method] !== 'function');
  if (lacks !== undefined) return `has no function ${lacks}`;
  if (spaces !== undefined && !spaces.includes(given['space'] as string)) return `has no space: ${spaces.join(' or ')}`;
  if (kind === 'prior' && (typeof given['recipe'] !== 'object' || given['recipe'] === null)) return 'has no recipe (an empty object where it needs none)';
  return undefined;
}
