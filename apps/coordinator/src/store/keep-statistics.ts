import { sql } from 'kysely';
import type { Db } from './database.js';

/** Tables smaller than this are quick however they are read. */
const leastRows = 50;

/**
 * Has the tables analysed that have doubled since they were last.
 *
 * PostgreSQL does it by itself, but looks once a minute: until then a sweep's shards are searched for as in a table of no rows, by
 * whatever index, and a commit reads the whole sweep. What somebody else is analysing, or holds, is left to them.
 */
export async function keepStatistics(db: Db): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    SELECT s.relname AS name FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE s.schemaname = current_schema() AND s.n_live_tup > ${leastRows} + 2 * greatest(0, c.reltuples)`.execute(db);
  for (const { name } of rows) await sql`ANALYZE (SKIP_LOCKED) ${sql.id(name)}`.execute(db);
}
