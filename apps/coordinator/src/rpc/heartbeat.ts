import { DirectiveKind, type AgentServiceImplementation } from '@neuron-atlas/proto';
import { shardId } from '../store/shard-id.js';
import type { Deps } from './deps.js';
import { claim, text, words } from './fields.js';

const kinds = { continue: DirectiveKind.CONTINUE, yield: DirectiveKind.YIELD, cancel: DirectiveKind.CANCEL, lost: DirectiveKind.LOST } as const;

export const heartbeat = ({ store, policy }: Pick<Deps, 'store' | 'policy'>): AgentServiceImplementation['heartbeat'] =>
  async (request) => {
    const answers = await store.heartbeat({
      session: text('session', request.session),
      seq: request.seq,
      leases: request.leases.map((lease) => ({
        ...claim(lease),
        unitsDone: lease.unitsDone,
        unitsTotal: lease.unitsTotal,
        phase: words('phase', lease.phase, 50),
        fraction: fractionOf(lease),
        begunSeconds: lease.begunSeconds > 0 && Number.isFinite(lease.begunSeconds) ? lease.begunSeconds : 0,
      })),
    });
    if (answers === 'session-lost') return { directives: [], leaseTtlMs: policy.leaseTtlMs, sessionLost: true };
    return {
      directives: answers.map((answer) => ({ shardId: shardId(answer), fence: answer.fence, kind: kinds[answer.kind] })),
      leaseTtlMs: policy.leaseTtlMs,
      sessionLost: false,
    };
  };

/** Of the shard's work, 0..1; agents that do not count steps are taken by their units. */
function fractionOf({ stepsDone, unitsDone, unitsTotal }: { readonly stepsDone: number; readonly unitsDone: number; readonly unitsTotal: number }): number {
  const fraction = stepsDone > 0 ? stepsDone : unitsTotal > 0 ? unitsDone / unitsTotal : 0;
  return Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
}
