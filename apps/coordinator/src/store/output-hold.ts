import { sql } from 'kysely';
import { errors } from '../errors.js';
import type { Db, Tx } from './database.js';
import { terminal, type SweepState } from './store.js';

/** How long an output is kept at a time: a crash of whoever keeps it is over then. */
export const holdMs = 600_000;

interface Hold { readonly sweepId: string; readonly holder: string }

/**
 * Keeps the output of a sweep from everybody else: from now on until it is freed, or for `holdMs`, no sweep in it leaves its state.
 *
 * Names of objects come from their content, so that what no manifest has today may be what a retry would refer to without writing it
 * again: whoever removes such objects must know that there is none meanwhile. Errors: COORDINATOR_SWEEP_NOT_FOUND,
 * COORDINATOR_OUTPUT_IN_USE, COORDINATOR_OUTPUT_HELD.
 */
export async function holdOutput(db: Db, { sweepId, holder }: Hold): Promise<{ readonly output: string; readonly sweepIds: readonly string[] }> {
  return db.transaction().execute(async (tx) => {
    const output = await outputOf(tx, sweepId);
    await sql`SELECT pg_advisory_xact_lock(${lockOf(output)})`.execute(tx);
    const { rows: sweeps } = await sql<{ id: string; state: SweepState }>`SELECT id, state FROM sweep WHERE output = ${output} ORDER BY number`.execute(tx);
    const open = sweeps.find(({ state }) => !terminal[state]);
    if (open !== undefined) throw errors.outputInUse({ output, sweepId: open.id, state: open.state });
    const { numAffectedRows } = await sql`
      INSERT INTO output_hold AS h (output, holder, expires_at) VALUES (${output}, ${holder}, now() + ${holdMs} * interval '1 ms')
      ON CONFLICT (output) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at WHERE h.holder = excluded.holder OR h.expires_at <= now()`.execute(tx);
    if (numAffectedRows !== 1n) throw errors.outputHeld({ output });
    return { output, sweepIds: sweeps.map(({ id }) => id) };
  });
}

export async function freeOutput(db: Db, { sweepId, holder }: Hold): Promise<void> {
  const output = await outputOf(db, sweepId);
  await sql`DELETE FROM output_hold WHERE output = ${output} AND holder = ${holder}`.execute(db);
}

/** COORDINATOR_OUTPUT_HELD where somebody keeps it; else nobody begins to before this transaction has ended. */
export async function assertOutputFree(tx: Tx, output: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock_shared(${lockOf(output)})`.execute(tx);
  const { rows } = await sql`SELECT 1 FROM output_hold WHERE output = ${output} AND expires_at > now()`.execute(tx);
  if (rows.length > 0) throw errors.outputHeld({ output });
}

const lockOf = (output: string) => sql`hashtextextended(${`output ${output}`}, 0)`;

export async function outputOf(db: Db | Tx, sweepId: string): Promise<string> {
  const { rows: [row] } = await sql<{ output: string }>`SELECT output FROM sweep WHERE id = ${sweepId}`.execute(db);
  if (row === undefined) throw errors.sweepNotFound({ sweepId });
  return row.output;
}
