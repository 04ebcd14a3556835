import { sql } from 'kysely';
import type { Db } from '../store/database.js';

export interface AuditEntry {
  readonly who: string;
  readonly roles: readonly string[];
  /** Name of the call. */
  readonly method: string;
  /** The sweep or the token that it was about; empty where there is none. */
  readonly subject: string;
  /** `OK`, or the code of the error. */
  readonly outcome: string;
}

/** What was changed by whom, and what was refused: kept in the database, never changed. */
export interface Audit {
  write(entry: AuditEntry): Promise<void>;
  /** The last first. */
  last(limit: number): Promise<readonly (AuditEntry & { readonly at: Date })[]>;
}

export const createAudit = (db: Db): Audit => ({
  async write({ who, roles, method, subject, outcome }) {
    await sql`INSERT INTO audit (who, roles, method, subject, outcome) VALUES (${who}, ${[...roles]}::text[], ${method}, ${subject}, ${outcome})`.execute(db);
  },
  async last(limit) {
    const { rows } = await sql<AuditEntry & { at: Date }>`SELECT at, who, roles, method, subject, outcome FROM audit ORDER BY number DESC LIMIT ${limit}`.execute(db);
    return rows;
  },
});
