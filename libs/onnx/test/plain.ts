import { createHash } from 'node:crypto';

/** A model as small plain data: typed arrays by their hash, maps as lists. Comparing megabytes by element takes minutes. */
export function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return `${value.constructor.name} ${createHash('sha256').update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)).digest('hex')}`;
  }
  if (value instanceof Map) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
  return value;
}
