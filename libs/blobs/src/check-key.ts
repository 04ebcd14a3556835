import { errors } from './errors.js';

/** Files that are being written end in this; they are no objects. */
export const partSuffix = '.part~';

/** Longest key of S3, in bytes. */
const maxKeyBytes = 1024;

/** Refuses a key that could lead out of the root or means different things to different stores. Errors: BLOBS_BAD_KEY. */
export function checkKey(key: string): void {
  const problem = keyProblem(key);
  if (problem !== undefined) throw errors.badKey({ key, problem });
}

/** The same for what keys begin with: nothing, part of a name, or whole segments with or without the last slash. */
export function checkPrefix(prefix: string): void {
  if (prefix !== '') checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
}

function keyProblem(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (key.startsWith('/') || /^[A-Za-z]:/.test(key)) return 'is absolute';
  if (key.includes('\\')) return 'has a backslash';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(key)) return 'has a control character';
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(key)) return 'is not well-formed text';
  if (Buffer.byteLength(key) > maxKeyBytes) return `is longer than ${maxKeyBytes} bytes`;
  for (const segment of key.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return `has the segment ${segment}`;
    if (segment.endsWith(partSuffix)) return `has a segment that ends in ${partSuffix}`;
    if (Buffer.byteLength(segment) > 200) return 'has a segment longer than 200 bytes';
  }
  return undefined;
}
