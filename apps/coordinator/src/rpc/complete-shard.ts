import { CommitResult, type AgentServiceImplementation } from '@neuron-atlas/proto';
import { errors } from '../errors.js';
import type { Deps } from './deps.js';
import { claim, text } from './fields.js';
import { storedObject } from './stored-object.js';
import { toLease } from './to-lease.js';
import { wanted } from './wanted.js';

const results = { committed: CommitResult.COMMITTED, 'already-committed': CommitResult.ALREADY_COMMITTED, fenced: CommitResult.FENCED } as const;

export const completeShard = ({ store, policy }: Pick<Deps, 'store' | 'policy'>): AgentServiceImplementation['completeShard'] =>
  async (request) => {
    const objects = request.objects.map((object, i) => storedObject(`objects[${i}]`, object));
    if (new Set(objects.map(({ key }) => key)).size < objects.length) throw errors.badRequest({ field: 'objects', reason: 'a key is there twice' });
    const commit = { session: text('session', request.session), claim: claim(request), manifest: { objects, statsJson: statsJson(request.statsJson) } };
    if (request.next === undefined) return { result: results[await store.complete(commit)] };
    const { result, leases } = await store.completeAndAcquire(commit, wanted(request.next, 'next.'));
    return { result: results[result], leases: leases.map(toLease), leaseTtlMs: policy.leaseTtlMs };
  };

function statsJson(json: string): string {
  if (json === '') return '{}';
  if (json.length > 100_000) throw errors.badRequest({ field: 'stats_json', reason: 'it is longer than 100000 characters' });
  try {
    return JSON.stringify(JSON.parse(json), (_, value: unknown) => typeof value === 'string' ? value.replaceAll('\0', '') : value);
  } catch (error) {
    throw errors.badRequest({ field: 'stats_json', reason: `it is not JSON: ${(error as Error).message}` }, error);
  }
}
