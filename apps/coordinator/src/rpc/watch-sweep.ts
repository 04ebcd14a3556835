import { SweepStatus, type SweepServiceImplementation } from '@neuron-atlas/proto';
import { errors } from '../errors.js';
import { terminal, type Store } from '../store/store.js';
import type { Deps } from './deps.js';
import { sweepId } from './fields.js';
import { sweepStatus } from './sweep-status.js';
import { createWorkSignal } from './work-signal.js';

const everyMs = 1000;

/** A status at once and then on each change, at most one a second; the last one is of a sweep that is over. */
export const watchSweep = ({ store, stopping }: Pick<Deps, 'stopping'> & { readonly store: Pick<Store, 'sweep'> }): SweepServiceImplementation['watchSweep'] =>
  async function* (request, { signal }) {
    const id = sweepId(request.sweepId);
    const givenUp = AbortSignal.any([signal, stopping]);
    const pause = createWorkSignal(); // never notified: a wait that an abort ends
    for (let last = ''; ;) {
      if (stopping.aborted) throw errors.stopping({});
      signal.throwIfAborted();
      const sweep = await store.sweep(id);
      const status = sweepStatus(sweep);
      const now = JSON.stringify(SweepStatus.toJSON(status));
      if (now !== last) yield status;
      last = now;
      if (terminal[sweep.state]) return;
      await pause.after(0, everyMs, givenUp);
    }
  };
