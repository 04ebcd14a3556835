import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import { traceParent } from '@neuron-atlas/telemetry/tracing';
import type { Deps } from './deps.js';
import { text } from './fields.js';
import { parsePlan } from './plan-schema.js';

export const submitSweep = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['submitSweep'] =>
  async ({ idempotencyKey, planJson }) =>
    store.submit({ idempotencyKey: text('idempotency_key', idempotencyKey), planJson, plan: parsePlan(planJson), traceParent: traceParent() });
