import { SweepStatus } from '@neuron-atlas/proto';
import type { SweepRecord } from '../store/store.js';

/** A sweep as it goes over the wire; units and their totals are those of the stages that make something. */
export function sweepStatus(sweep: SweepRecord): SweepStatus {
  return SweepStatus.fromPartial({
    sweepId: sweep.id,
    name: sweep.name,
    state: sweep.state,
    output: sweep.output,
    stages: sweep.stages.map((stage) => ({
      stage: stage.stage,
      shardsTotal: stage.total,
      shardsDone: stage.done,
      shardsLeased: stage.leased,
      shardsReady: stage.ready,
      shardsQuarantined: stage.quarantined,
      unitsTotal: BigInt(stage.units),
      unitsDone: stage.unitsDone,
    })),
    unitsTotal: sweep.stages.reduce((total, stage) => total + BigInt(stage.units), 0n),
    unitsDone: sweep.stages.reduce((done, stage) => done + stage.unitsDone, 0),
    unitsPerSecond: sweep.unitsPerSecond,
    etaSeconds: sweep.etaSeconds,
    agents: sweep.agents,
    weight: sweep.weight,
    priority: sweep.priority,
    maxAgents: sweep.maxAgents,
    agentSeconds: sweep.agentSeconds,
    createdAt: sweep.createdAt.toISOString(),
    finishedAt: sweep.finishedAt?.toISOString() ?? '',
    errorJson: sweep.error === undefined ? '' : JSON.stringify(sweep.error),
  });
}
