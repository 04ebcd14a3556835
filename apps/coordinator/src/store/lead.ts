import { sql } from 'kysely';
import type { Db } from './database.js';

/** What only one of several coordinators does at a time. */
export type Role =
  | 'queue'; // shows the gauges of the queue

interface Candidate { readonly role: Role; readonly holder: string; readonly ttlMs: number }

/**
 * Takes up a role that is free, or keeps it for another `ttlMs`; gives the term, or nothing where another holds it.
 *
 * Times are the database's. A term ends with its holder: whoever acts under an older one acts too late.
 */
export async function lead(db: Db, { role, holder, ttlMs }: Candidate): Promise<bigint | undefined> {
  const { rows: [row] } = await sql<{ term: bigint }>`
    INSERT INTO leader AS l (role, holder, term, expires_at) VALUES (${role}, ${holder}, 1, now() + ${ttlMs} * interval '1 ms')
    ON CONFLICT (role) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
      term = CASE WHEN l.holder = excluded.holder THEN l.term ELSE l.term + 1 END
    WHERE l.holder = excluded.holder OR l.expires_at <= now()
    RETURNING term`.execute(db);
  return row?.term;
}

/** Gives a role up, for the next to take at once. Nothing happens where it is another's. */
export async function resign(db: Db, { role, holder }: Pick<Candidate, 'role' | 'holder'>): Promise<void> {
  await sql`UPDATE leader SET expires_at = now() WHERE role = ${role} AND holder = ${holder}`.execute(db);
}
