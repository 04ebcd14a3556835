import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startPostgres, type Postgres } from '../postgres/start-postgres.js';
import { openDatabase, type Connection, type Db } from '../store/database.js';

/** A real PostgreSQL for the tests of a file; each `database()` is a new one on it, with the schema in place. */
export function testPostgres(): { readonly database: () => Promise<Db>; readonly emptyDatabase: () => Promise<Connection> } {
  const folder = mkdtempSync(join(tmpdir(), 'coordinator-test-'));
  const open: Db[] = [];
  let postgres: Postgres;
  let admin: Db;
  const connect = (connection: Connection): Promise<Db> => openDatabase(connection, (error) => { throw error; });
  const create = async (template: string): Promise<Connection> => {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await sql`CREATE DATABASE ${sql.id(name)} TEMPLATE ${sql.id(template)}`.execute(admin);
    return { ...postgres.connection, database: name };
  };
  let migrated: string;
  beforeAll(async () => {
    postgres = await startPostgres(folder);
    admin = await connect(postgres.connection);
    const template = await create('template0');
    await (await connect(template)).destroy();
    migrated = 'database' in template ? template.database : '';
  });
  afterEach(async () => { for (const db of open.splice(0)) await db.destroy(); });
  afterAll(async () => {
    await admin.destroy();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    emptyDatabase: () => create('template0'),
    database: async () => {
      const db = await connect(await create(migrated));
      open.push(db);
      return db;
    },
  };
}
