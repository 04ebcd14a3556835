import type { AccessServiceImplementation } from '@neuron-atlas/proto';
import { errors } from '../errors.js';
import type { Deps } from './deps.js';

const mostEntries = 1000;

export const listAudit = ({ audit }: Pick<Deps, 'audit'>): AccessServiceImplementation['listAudit'] =>
  async ({ limit }) => {
    if (limit > mostEntries) throw errors.badRequest({ field: 'limit', reason: `${limit} is more than ${mostEntries}` });
    const entries = await audit.last(limit === 0 ? 100 : limit);
    return { entries: entries.map(({ at, roles, ...entry }) => ({ ...entry, at: at.toISOString(), roles: [...roles] })) };
  };
