import { sql } from 'kysely';
import type { Db } from '../store/database.js';
import type { Access } from './authorise.js';

const mostKept = 10_000;

/** Who stands behind sessions. An owner never changes, so what was found once is kept. */
export function sessionOwners(db: Db): Pick<Access, 'ownerOf' | 'holds'> {
  const kept = new Map<string, string>();
  return {
    async ownerOf(session) {
      const known = kept.get(session);
      if (known !== undefined) return known;
      const { rows: [row] } = await sql<{ identity: string }>`SELECT identity FROM session WHERE id = ${session}`.execute(db);
      if (row === undefined) return undefined;
      kept.set(session, row.identity);
      for (const oldest of kept.keys()) if (kept.size > mostKept) kept.delete(oldest);
      return row.identity;
    },
    async holds(identity, sweepId) {
      const { rows } = await sql`
        SELECT 1 FROM shard JOIN session ON session.id = shard.session
        WHERE shard.sweep_id = ${sweepId} AND shard.state = 'leased' AND session.identity = ${identity} AND session.ended_at IS NULL LIMIT 1`.execute(db);
      return rows.length > 0;
    },
  };
}
