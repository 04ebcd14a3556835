import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';
import { sweepId } from './fields.js';

export const getManifest = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['getManifest'] =>
  async (request) => ({ objects: [...await store.manifest(sweepId(request.sweepId))] });
