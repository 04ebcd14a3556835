import type { AtlasError } from '@neuron-atlas/errors';
import { errors } from '../errors.js';

/** SQLSTATE of a refused duplicate. */
export const uniqueViolation = '23505';

// Classes 08 (connection), 53 (resources), 57P (shutdown); https://www.postgresql.org/docs/18/errcodes-appendix.html
const unavailable = /^(08|53|57P)/;
// serialisation, deadlock, lock and statement timeouts, idle transaction ended
const busy = new Set(['40001', '40P01', '55P03', '57014', '25P03']);
const network = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

/** What a caller should know of a failed query: whether to repeat it. Undefined for what is a bug of ours. */
export function databaseError(error: unknown): AtlasError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, message } = error as Error & { code?: unknown };
  if (typeof code === 'string') {
    if (busy.has(code)) return errors.databaseBusy({ reason: message }, error);
    if (unavailable.test(code) || network.has(code)) return errors.databaseUnavailable({ reason: message || code }, error);
    return undefined;
  }
  // node-postgres gives these no code
  if (/^Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|^Cannot use a pool after|driver has already been destroyed/.test(message)) {
    return errors.databaseUnavailable({ reason: message }, error);
  }
  return undefined;
}

export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
