import { DirectiveKind, type LeaseProgress } from '@neuron-atlas/proto';
import type { CallContext } from 'nice-grpc';
import { describe, expect, it } from 'vitest';
import { defaultPolicy, type Progress, type Store } from '../store/store.js';
import { heartbeat } from './heartbeat.js';

const progress: LeaseProgress = { shardId: 'sw-0123456789/3', fence: 2n, unitsDone: 1, unitsTotal: 8, phase: 'ascend', stepsDone: 0.2, begunSeconds: 7 };
type Kind = 'continue' | 'yield' | 'cancel' | 'lost';

/** What the store gets, and what its agent is told. */
async function beaten(lease: LeaseProgress, kind: Kind = 'continue'): Promise<{ readonly reported: Progress; readonly told: DirectiveKind }> {
  let reported: readonly Progress[] = [];
  const store = { heartbeat: async ({ leases }: { readonly leases: readonly Progress[] }) => {
    reported = leases;
    return leases.map(({ sweepId, seq, fence }) => ({ sweepId, seq, fence, kind }));
  } } as unknown as Store;
  const { directives } = await heartbeat({ store, policy: defaultPolicy })({ session: 'se-1', seq: 1n, leases: [lease] }, {} as CallContext);
  return { reported: reported[0]!, told: directives![0]!.kind! };
}

describe('heartbeat', () => {
  it('tells an agent what becomes of each lease', async () => {
    const kinds = { continue: DirectiveKind.CONTINUE, yield: DirectiveKind.YIELD, cancel: DirectiveKind.CANCEL, lost: DirectiveKind.LOST };
    for (const kind of Object.keys(kinds) as Kind[]) expect((await beaten(progress, kind)).told).toBe(kinds[kind]);
  });

  it('takes down how far a shard is and since when it is worked on, and nothing that could not be so', async () => {
    expect((await beaten(progress)).reported).toEqual({ sweepId: 'sw-0123456789', seq: 3, fence: 2n, unitsDone: 1, unitsTotal: 8, phase: 'ascend', fraction: 0.2, begunSeconds: 7 });
    for (const begunSeconds of [-1, Number.NaN, Number.POSITIVE_INFINITY]) expect((await beaten({ ...progress, begunSeconds })).reported.begunSeconds).toBe(0);
  });
});
