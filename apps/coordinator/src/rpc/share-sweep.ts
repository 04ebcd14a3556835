import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import { errors } from '../errors.js';
import type { Deps } from './deps.js';
import { sweepId } from './fields.js';
import { sweepStatus } from './sweep-status.js';

export const shareSweep = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['shareSweep'] =>
  async (request) => {
    const id = sweepId(request.sweepId);
    const { weight, priority, maxAgents } = request;
    if (weight !== undefined && !(weight > 0 && weight <= 1e6)) throw errors.badRequest({ field: 'weight', reason: `${weight} is not above 0 and at most 1000000` });
    if (priority !== undefined && Math.abs(priority) > 1000) throw errors.badRequest({ field: 'priority', reason: `${priority} is not from -1000 to 1000` });
    if (maxAgents !== undefined && maxAgents > 2 ** 31 - 1) throw errors.badRequest({ field: 'max_agents', reason: `${maxAgents} is beyond any fleet` });
    await store.share(id, { weight, priority, maxAgents });
    return sweepStatus(await store.sweep(id));
  };
