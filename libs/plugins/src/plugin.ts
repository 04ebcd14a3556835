import type { Params, Settled } from './params.js';

/** What every plugin says of itself. */
export interface Plugin<P extends Params = Params> {
  readonly name: string;
  /** Raised when the same params no longer give the same result; part of every result's key. */
  readonly version: number;
  readonly summary: string;
  /** The publication or code that it follows. */
  readonly source: string;
  readonly params: P;
}

/** A plugin by name, with the params that differ from its defaults. */
export interface PluginChoice {
  readonly name: string;
  readonly params: Settled;
}

/** Name, version and params (those that came later only where they differ from their defaults): what decides what a plugin does. */
export interface PluginRecord {
  readonly name: string;
  readonly version: number;
  readonly params: Settled;
}

/** A plugin with all its params settled. */
export interface Chosen<T extends Plugin> {
  readonly plugin: T;
  readonly params: Settled;
}

export function recordOf({ plugin, params }: Chosen<Plugin>): PluginRecord {
  const told = Object.entries(params).filter(([param, value]) => plugin.params[param]?.isAdded !== true || value !== plugin.params[param].default);
  return { name: plugin.name, version: plugin.version, params: Object.fromEntries(told.sort(([a], [b]) => (a < b ? -1 : 1))) };
}
