import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll } from 'vitest';
import { startPostgres, type Postgres } from '../postgres/start-postgres.js';
import { openDatabase, type Connection, type Db } from '../store/database.js';

/** A real PostgreSQL for the tests of a file. */
export function testPostgres(): {
  /** The file's database with the schema in place, and empty. */
  readonly database: () => Promise<Db>;
  /** A new one, with nothing in it. */
  readonly newDatabase: () => Promise<Connection>;
} {
  const folder = mkdtempSync(join(tmpdir(), 'coordinator-test-'));
  let postgres: Postgres;
  let db: Db;
  let created = 0;
  beforeAll(async () => {
    postgres = await startPostgres(folder);
    db = await openDatabase(postgres.connection, (error) => { throw error; });
  });
  afterAll(async () => {
    await db.destroy();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    database: async () => {
      await sql`DELETE FROM sweep`.execute(db);
      await sql`DELETE FROM session`.execute(db);
      await sql`DELETE FROM agent_health`.execute(db);
      await sql`DELETE FROM output_hold`.execute(db);
      return db;
    },
    newDatabase: async () => {
      const database = `test_${created++}`;
      await sql`CREATE DATABASE ${sql.id(database)} TEMPLATE template0`.execute(db);
      return { ...postgres.connection, database };
    },
  };
}
