import type { ShardSpec, ShardTask } from '@neuron-atlas/spec';

/** A shard as its row has it. */
export interface ShardRow {
  readonly sweep_id: string;
  readonly seq: number;
  readonly fence: bigint;
  readonly stage: ShardSpec['stage'];
  readonly layer: string;
  readonly unit_start: number;
  readonly unit_end: number;
  readonly view: number;
  readonly cost: number;
  /** Of earlier holders. */
  readonly finished: readonly FinishedRow[] | null;
}

/** A StoredObject as JSON has it. */
export interface FinishedRow { readonly key: string; readonly bytes: string; readonly sha256: string; readonly rows: string; readonly kind: string; readonly layer: string }

/** A ShardTask as JSON, with the plan spliced in as it was submitted, byte for byte. */
export function taskJson(row: ShardRow, planJson: string): string {
  const task: Omit<ShardTask, 'plan'> = {
    sweepId: row.sweep_id, seq: row.seq, stage: row.stage, layer: row.layer,
    unitStart: row.unit_start, unitEnd: row.unit_end, view: row.view, cost: row.cost,
  };
  return `${JSON.stringify(task).slice(0, -1)},"plan":${planJson}}`;
}
