import { CommitResult, type AgentServiceImplementation, type ManifestObject } from '@neuron-atlas/proto';
import { errors } from '../errors.js';
import type { StoredObject } from '../store/store.js';
import type { Deps } from './deps.js';
import { claim, text, words } from './fields.js';

const results = { committed: CommitResult.COMMITTED, 'already-committed': CommitResult.ALREADY_COMMITTED, fenced: CommitResult.FENCED } as const;

export const completeShard = ({ store }: Pick<Deps, 'store'>): AgentServiceImplementation['completeShard'] =>
  async (request) => {
    const objects = request.objects.map(objectOf);
    if (new Set(objects.map(({ key }) => key)).size < objects.length) throw errors.badRequest({ field: 'objects', reason: 'a key is there twice' });
    const result = await store.complete({
      session: text('session', request.session),
      claim: claim(request),
      manifest: { objects, statsJson: statsJson(request.statsJson) },
    });
    return { result: results[result] };
  };

function objectOf(object: ManifestObject, index: number): StoredObject {
  const field = `objects[${index}]`;
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

function statsJson(json: string): string {
  if (json === '') return '{}';
  if (json.length > 100_000) throw errors.badRequest({ field: 'stats_json', reason: 'it is longer than 100000 characters' });
  try {
    return JSON.stringify(JSON.parse(json), (_, value: unknown) => typeof value === 'string' ? value.replaceAll('\0', '') : value);
  } catch (error) {
    throw errors.badRequest({ field: 'stats_json', reason: `it is not JSON: ${(error as Error).message}` }, error);
  }
}
