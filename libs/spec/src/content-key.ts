import { createHash } from 'node:crypto';
import { errors } from './errors.js';

/**
 * sha256, in hex, of a value's canonical JSON: keys sorted, no blanks, fields that are undefined left out.
 *
 * Equal content gives an equal key on every machine. Numbers that are not finite, functions and the like are
 * SPEC_NOT_CANONICAL.
 */
export function contentKey(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value, '$')).digest('hex');
}

function canonicalJson(value: unknown, field: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item, index) => canonicalJson(item, `${field}[${index}]`)).join(',')}]`;
  if (typeof value === 'object' && isPlain(value)) {
    const fields = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item, `${field}.${key}`)}`);
    return `{${fields.join(',')}}`;
  }
  throw errors.notCanonical({ value: String(value), field });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
