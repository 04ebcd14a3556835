import { stages, type Stage, type SweepPlan } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import type { Db } from './database.js';
import type { StoredObject } from './store.js';

interface Row extends StoredObject { readonly stage: Stage; readonly shard_layer: string; readonly view: number; readonly unit_start: number }

/** Committed objects: stage, layer in the order of the plan, view, first unit, key. */
export async function manifest(db: Db, sweepId: string, plan: SweepPlan): Promise<readonly StoredObject[]> {
  const { rows } = await sql<Row>`
    SELECT o.key, o.bytes, o.sha256, o.rows, o.kind, o.layer, s.stage, s.layer AS shard_layer, s.view, s.unit_start
    FROM object o JOIN shard s ON s.sweep_id = o.sweep_id AND s.seq = o.seq
    WHERE o.sweep_id = ${sweepId} AND s.state = 'done'`.execute(db);
  const place = new Map(plan.layers.map((layer, index) => [layer.id, index]));
  const order = (row: Row): readonly number[] => [stages.indexOf(row.stage), place.get(row.shard_layer) ?? -1, row.view, row.unit_start];
  return rows
    .map((row) => ({ row, order: order(row) }))
    .toSorted((a, b) => compare(a.order, b.order) || (a.row.key < b.row.key ? -1 : 1))
    .map(({ row: { key, bytes, sha256, rows: count, kind, layer } }) => ({ key, bytes, sha256, rows: count, kind, layer }));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value - (b[i] ?? 0);
  return 0;
}
