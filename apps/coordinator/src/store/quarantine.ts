import type { AtlasErrorJson } from '@neuron-atlas/errors';
import { sql } from 'kysely';
import type { Db } from './database.js';
import type { QuarantineRecord } from './store.js';

interface Row {
  readonly sweep_id: string; readonly seq: number; readonly stage: string; readonly layer: string; readonly unit_start: number; readonly unit_end: number;
  readonly failures: number; readonly error: AtlasErrorJson | null;
}

/** Shards that wait for a person, of one sweep, or of all with an empty id. */
export async function quarantine(db: Db, sweepId: string): Promise<readonly QuarantineRecord[]> {
  const { rows } = await sql<Row>`
    SELECT sweep_id, seq, stage, layer, unit_start, unit_end, failures + faults + losses AS failures, shard.error
    FROM shard JOIN sweep ON sweep.id = shard.sweep_id
    WHERE shard.state = 'quarantined' AND (${sweepId} = '' OR sweep_id = ${sweepId}) ORDER BY sweep.number, seq`.execute(db);
  return rows.map((row) => ({
    sweepId: row.sweep_id, seq: row.seq, stage: row.stage, layer: row.layer, unitStart: row.unit_start, unitEnd: row.unit_end,
    failures: row.failures, error: row.error ?? undefined,
  }));
}
