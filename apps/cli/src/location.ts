import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errors } from './errors.js';

/** A file, folder or URL as written in `folder`, made independent of it: an absolute path, or the s3:// URL as it is. */
export function absoluteLocation(written: string, folder: string): string {
  if (/^s3:\/\//i.test(written)) return written;
  if (/^file:\/\//i.test(written)) return fileURLToPath(written);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(written)) throw errors.usage({ problem: `${written}: expected a path, file:// or s3://`, command: '' });
  return isAbsolute(written) ? resolve(written) : resolve(folder, written);
}
