import type { AgentServiceImplementation, LeaseRef } from '@neuron-atlas/proto';
import { errors } from '../errors.js';
import type { StoredObject } from '../store/store.js';
import type { Deps } from './deps.js';
import { claim, text } from './fields.js';
import { storedObject } from './stored-object.js';

/** A shard has fewer batches than that. */
const mostFinished = 1000;

export const releaseLeases = ({ store }: Pick<Deps, 'store'>): AgentServiceImplementation['releaseLeases'] =>
  async (request) => ({
    released: await store.release({ session: text('session', request.session), claims: request.leases.map((lease, i) => ({ ...claim(lease), finished: finishedOf(`leases[${i}].finished`, lease) })) }),
  });

/** Checkpoints, and nothing that could be taken for a result. */
function finishedOf(field: string, { finished }: LeaseRef): readonly StoredObject[] {
  if (finished.length > mostFinished) throw errors.badRequest({ field, reason: `it has ${finished.length} objects; at most ${mostFinished} are taken` });
  return finished.map((object, i) => {
    const stored = storedObject(`${field}[${i}]`, object);
    if (!stored.key.startsWith('checkpoints/')) throw errors.badRequest({ field: `${field}[${i}].key`, reason: `${stored.key} does not lie in checkpoints/` });
    return stored;
  });
}
