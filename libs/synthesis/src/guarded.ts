import { isAtlasError } from '@neuron-atlas/errors';
import { sameShape, type Value } from '@neuron-atlas/onnx';
import type { Plugin } from '@neuron-atlas/plugins';
import { errors } from './errors.js';

/** What a plugin gives; what it throws becomes SYNTHESIS_PLUGIN_FAILED with its name, unless it is an error of a catalogue. */
export function guarded<T>(kind: string, plugin: Pick<Plugin, 'name'>, what: string, give: () => T): T {
  try {
    return give();
  } catch (cause) {
    if (isAtlasError(cause)) throw cause;
    throw errors.pluginFailed({ kind, plugin: plugin.name, detail: `failed in ${what}: ${cause instanceof Error ? cause.message : String(cause)}` }, cause);
  }
}

/** A value that a plugin built, of the type and shape that its place in the graph wants. */
export function built(kind: string, plugin: Pick<Plugin, 'name'>, what: string, shape: readonly number[], give: () => Value): Value {
  const value = guarded(kind, plugin, what, give) as Value | undefined;
  if (value?.dtype === 'f32' && Array.isArray(value.shape) && sameShape(value.shape, shape)) return value;
  const got = value === undefined || !Array.isArray(value.shape) ? 'no value' : `${value.dtype}[${value.shape.join(', ')}]`;
  throw errors.pluginFailed({ kind, plugin: plugin.name, detail: `gave ${got} in ${what}, where f32[${shape.join(', ')}] is wanted` });
}
