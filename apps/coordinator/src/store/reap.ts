import { sql } from 'kysely';
import { addUpUsage } from './charge.js';
import type { Db } from './database.js';
import { freeLeases } from './free-leases.js';
import { keepStatistics } from './keep-statistics.js';
import type { LostLease, Policy } from './store.js';

const page = 100;

/**
 * Ends the sessions whose time has run out by the database's clock and frees what they held; returns these leases.
 *
 * Each session goes in a transaction of its own, guarded anew, so that several coordinators may do this at once and one
 * that cannot be ended holds up no other.
 */
export async function reap(db: Db, policy: Policy): Promise<readonly LostLease[]> {
  const freed: LostLease[] = [];
  for (let after = ''; ;) {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM session WHERE ended_at IS NULL AND expires_at <= now() AND id > ${after} ORDER BY id LIMIT ${page}`.execute(db);
    for (const { id } of rows) freed.push(...await end(db, policy, id));
    const last = rows.at(-1);
    if (last === undefined || rows.length < page) break;
    after = last.id;
  }
  // Long past the deadline of any call that could still ask for them again.
  await sql`DELETE FROM acquire_request WHERE at < now() - interval '1 hour'`.execute(db);
  await addUpUsage(db);
  await keepStatistics(db);
  // An agent that has not been heard of for a day may have a fresh start.
  await sql`DELETE FROM agent_health WHERE changed_at < now() - interval '1 day' AND until < now()`.execute(db);
  return freed;
}

async function end(db: Db, policy: Policy, session: string): Promise<readonly LostLease[]> {
  return db.transaction().execute(async (tx) => {
    const { numAffectedRows } = await sql`
      UPDATE session SET ended_at = now(), end_reason = 'expired'
      WHERE id = ${session} AND ended_at IS NULL AND expires_at <= now()`.execute(tx);
    return numAffectedRows === 1n ? freeLeases(tx, policy, session) : [];
  });
}
