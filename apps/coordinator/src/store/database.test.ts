import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testPostgres } from '../testing/test-postgres.js';
import { openDatabase } from './database.js';

const postgres = testPostgres();
const open = async (connection: Awaited<ReturnType<typeof postgres.newDatabase>>) => openDatabase(connection, (error) => { throw error; });

describe('openDatabase', () => {
  it('makes the schema once when several coordinators start at once', async () => {
    const connection = await postgres.newDatabase();
    const dbs = await Promise.all(Array.from({ length: 5 }, () => open(connection)));
    const { rows } = await sql<{ name: string }>`SELECT name FROM kysely_migration`.execute(dbs[0]!);
    expect(rows).toEqual([{ name: '0001-sweeps-and-shards' }, { name: '0002-stages-before-synthesis' }, { name: '0003-projections' }]);
    for (const db of dbs) await db.destroy();
  });

  it('refuses a database of a newer version rather than work on it', async () => {
    const connection = await postgres.newDatabase();
    const db = await open(connection);
    await sql`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', '2040-01-01')`.execute(db);
    await db.destroy();
    await expect(open(connection)).rejects.toMatchObject({ code: 'COORDINATOR_MIGRATION_FAILED', message: expect.stringContaining('9999-later') });
  });

  it('keeps what is committed on disk before it says so', async () => {
    const db = await postgres.database();
    const { rows: [row] } = await sql<Record<string, string>>`
      SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit, current_setting('full_page_writes') AS pages, current_setting('listen_addresses') AS listen`.execute(db);
    expect(row).toEqual({ fsync: 'on', commit: 'on', pages: 'on', listen: '127.0.0.1' });
  });

  it('gives a 64-bit integer as a bigint, exactly', async () => {
    const db = await postgres.database();
    expect((await sql<{ n: bigint }>`SELECT ${'9007199254740993'}::bigint AS n`.execute(db)).rows).toEqual([{ n: 9007199254740993n }]);
  });

  it('says who cannot be reached without the password', async () => {
    await expect(openDatabase({ url: 'postgres://user:sesame@127.0.0.1:1/atlas' }, () => {})).rejects.toMatchObject({
      code: 'COORDINATOR_DATABASE_UNREACHABLE', message: expect.not.stringContaining('sesame'),
    });
  });
});
