import type { ManifestObject } from '@neuron-atlas/proto';
import { errors } from '../errors.js';
import type { StoredObject } from '../store/store.js';
import { text, words } from './fields.js';

/** An object as an agent names it, or COORDINATOR_BAD_REQUEST with the name of its field. */
export function storedObject(field: string, object: ManifestObject): StoredObject {
  // Keys become paths below the output and names in an atlas: plain ones only, and none that climbs out.
  const key = text(`${field}.key`, object.key, 500);
  if (!/^[A-Za-z0-9._~=@+-]+(\/[A-Za-z0-9._~=@+-]+)*$/.test(key) || key.split('/').some((part) => part === '.' || part === '..')) {
    throw errors.badRequest({ field: `${field}.key`, reason: `${key} is not a relative path of plain names` });
  }
  if (!/^[0-9a-f]{64}$/.test(object.sha256)) throw errors.badRequest({ field: `${field}.sha256`, reason: 'it is not 64 lower-case hexadecimal digits' });
  const limit = 2n ** 62n;
  if (object.bytes > limit || object.rows > limit) throw errors.badRequest({ field, reason: 'its size is beyond any store' });
  return { key, bytes: object.bytes, sha256: object.sha256, rows: object.rows, kind: text(`${field}.kind`, object.kind, 50), layer: words(`${field}.layer`, object.layer, 500) };
}
