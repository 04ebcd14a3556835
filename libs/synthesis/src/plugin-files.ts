import type { Plugin, Settled } from '@neuron-atlas/plugins';
import { errors } from './errors.js';

/** Contents of files that params name, by the param's value: `sha256:<hex>` in a plan. */
export type PluginFiles = ReadonlyMap<string, Uint8Array>;

/** Reads files by param. SYNTHESIS_NO_FILE where the param names one that is not here; an empty param is the plugin's to refuse. */
export const fileReader = (plugin: Pick<Plugin, 'name'>, params: Settled, files: PluginFiles) => (param: string): Uint8Array => {
  const value = String(params[param] ?? '');
  const content = files.get(value);
  if (content === undefined) throw errors.noFile({ plugin: plugin.name, param, value: value === '' ? 'none given' : value });
  return content;
};
