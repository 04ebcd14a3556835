import { isAtlasError, type AtlasErrorJson } from '@neuron-atlas/errors';
import { errors } from './errors.js';

/** Any thrown value as it travels; what no catalogue knows is AGENT_FAULT, with its stack. */
export function toErrorJson(error: unknown): AtlasErrorJson {
  if (isAtlasError(error)) return { code: error.code, message: error.message, help: error.help, grpc: error.grpc, details: error.details };
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return errors.fault({ name, message, stack: stack ?? '' }).toJSON();
}
