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
    ...shareLine(status),
    ...table(['stage', 'shards', 'done', 'leased', 'ready', 'quarantined'], status.stages.map(stageRow)),
  ];
}

/** Only where it is another than that of a new sweep. */
function shareLine({ weight, priority, maxAgents }: SweepStatus): readonly string[] {
  const parts = [...(weight === 1 || weight === 0 ? [] : [`weight ${weight}`]), ...(priority === 0 ? [] : [`priority ${priority}`]), ...(maxAgents === 0 ? [] : [`at most ${maxAgents} agents`])];
  return parts.length === 0 ? [] : [`share     ${parts.join(', ')}`];
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
