import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../store/database.js';
import type { Role } from './roles.js';

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Common name of the certificate beside which it is valid; empty: any or none. */
  readonly certificate: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | undefined;
}

export interface NewToken {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly certificate: string;
  readonly validDays: number;
}

/** Bearer tokens, of which the database holds a hash. */
export interface Tokens {
  create(wanted: NewToken): Promise<{ readonly token: Token; readonly secret: string }>;
  list(): Promise<readonly Token[]>;
  /** False where it was so already; undefined where there is none. */
  revoke(id: string): Promise<boolean | undefined>;
  /** The token with this secret, whatever its state; `alive` by the database's clock. */
  find(secret: string): Promise<(Token & { readonly alive: boolean }) | undefined>;
}

/** `na_<id>_<secret>`: 256 random bits, so that a fast hash is enough (nothing to guess), and an id to find the row by. */
const pattern = /^na_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** How long an answer of the database counts: agents call several times a second. */
const keptMs = 10_000;
const mostKept = 10_000;

interface Row {
  readonly id: string; readonly hash: Buffer; readonly name: string; readonly roles: readonly Role[]; readonly certificate: string;
  readonly created_at: Date; readonly expires_at: Date; readonly revoked_at: Date | null; readonly alive: boolean;
}

export function createTokens(db: Db, now: () => number): Tokens {
  const kept = new Map<string, { readonly until: number; readonly row: Row | undefined }>();
  const columns = sql`id, hash, name, roles, certificate, created_at, expires_at, revoked_at, revoked_at IS NULL AND expires_at > now() AS alive`;
  const rowOf = async (id: string): Promise<Row | undefined> => {
    const known = kept.get(id);
    if (known !== undefined && known.until > now()) return known.row;
    const { rows: [row] } = await sql<Row>`SELECT ${columns} FROM token WHERE id = ${id}`.execute(db);
    kept.delete(id);
    kept.set(id, { until: now() + keptMs, row });
    for (const oldest of kept.keys()) if (kept.size > mostKept) kept.delete(oldest);
    return row;
  };
  return {
    async create({ name, roles, certificate, validDays }) {
      const id = randomBytes(6).toString('hex');
      const secret = `na_${id}_${randomBytes(32).toString('base64url')}`;
      const { rows: [row] } = await sql<Row>`
        INSERT INTO token (id, hash, name, roles, certificate, expires_at)
        VALUES (${id}, ${hashOf(secret)}, ${name}, ${[...roles]}::text[], ${certificate}, now() + ${validDays} * interval '1 day')
        RETURNING ${columns}`.execute(db);
      kept.delete(id);
      return { token: tokenOf(row!), secret };
    },
    async list() {
      const { rows } = await sql<Row>`SELECT ${columns} FROM token ORDER BY created_at DESC, id`.execute(db);
      return rows.map(tokenOf);
    },
    async revoke(id) {
      kept.delete(id);
      const { rows: [row] } = await sql<{ revoked: boolean }>`
        WITH found AS (SELECT id, revoked_at IS NULL AS valid FROM token WHERE id = ${id} FOR UPDATE),
          ended AS (UPDATE token SET revoked_at = now() FROM found WHERE token.id = found.id AND found.valid)
        SELECT valid AS revoked FROM found`.execute(db);
      kept.delete(id);
      return row?.revoked;
    },
    async find(secret) {
      const id = pattern.exec(secret)?.[1];
      const row = id === undefined ? undefined : await rowOf(id);
      if (row === undefined || !timingSafeEqual(hashOf(secret), row.hash)) return undefined;
      return { ...tokenOf(row), alive: row.alive };
    },
  };
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const tokenOf = (row: Row): Token => ({
  id: row.id, name: row.name, roles: row.roles, certificate: row.certificate,
  createdAt: row.created_at, expiresAt: row.expires_at, revokedAt: row.revoked_at ?? undefined,
});
