import type { StageStatus, SweepStatus } from '@neuron-atlas/proto';
import { progressLine } from './progress-line.js';
import { table } from './table.js';

/** A sweep as JSON: what the wire has, without the plan and with the error as an object. */
export function sweepRecord(status: SweepStatus): Readonly<Record<string, unknown>> {
  const { planJson, errorJson, ...rest } = status;
  return { ...rest, ...(errorJson === '' ? {} : { error: jsonOrText(errorJson) }) };
}

/** A sweep as people read it. */
export function sweepLines(status: SweepStatus): readonly string[] {
  return [
    `sweep     ${status.sweepId}  ${status.name}`,
    `output    ${status.output}`,
    progressLine(status),
    ...table(['stage', 'shards', 'done', 'leased', 'ready', 'quarantined'], status.stages.map(stageRow)),
  ];
}

export function sweepTable(sweeps: readonly SweepStatus[]): readonly string[] {
  if (sweeps.length === 0) return ['no sweeps'];
  return table(['sweep', 'name', 'state', 'units', 'done', 'created'], sweeps.map((status) => [
    status.sweepId, status.name, status.state, Number(status.unitsTotal), Math.floor(status.unitsDone), status.createdAt,
  ]));
}

function stageRow(stage: StageStatus): readonly (string | number)[] {
  return [stage.stage, stage.shardsTotal, stage.shardsDone, stage.shardsLeased, stage.shardsReady, stage.shardsQuarantined];
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // an error of another version is shown as it came
  }
}
