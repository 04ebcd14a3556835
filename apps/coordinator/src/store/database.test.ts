import { Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { testPostgres } from '../testing/test-postgres.js';
import { worldOf } from '../testing/world.js';
import { openDatabase } from './database.js';
import { migrations } from './migrations/index.js';

const postgres = testPostgres();
const open = async (connection: Awaited<ReturnType<typeof postgres.newDatabase>>) => openDatabase(connection, (error) => { throw error; });

describe('openDatabase', () => {
  it('makes the schema once when several coordinators start at once', async () => {
    const connection = await postgres.newDatabase();
    const dbs = await Promise.all(Array.from({ length: 5 }, () => open(connection)));
    const { rows } = await sql<{ name: string }>`SELECT name FROM kysely_migration`.execute(dbs[0]!);
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(migrations));
    for (const db of dbs) await db.destroy();
  });

  it('numbers its steps in the order in which they are taken', () => {
    expect(Object.keys(migrations).map((name) => Number(name.slice(0, 4)))).toEqual(Object.keys(migrations).map((_, i) => i + 1));
  });

  it.each(Object.keys(migrations).slice(0, -1))('brings a database that ends at %s up to date, and keeps what is in it', async (last) => {
    const connection = await postgres.newDatabase();
    if ('url' in connection) throw new Error('expected parts');
    const old = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new pg.Pool(connection) }) });
    const known = Object.entries(migrations).slice(0, Object.keys(migrations).indexOf(last) + 1);
    const provider = { getMigrations: async () => Object.fromEntries(known.map(([name, text]) => [name, { up: async (tx: Kysely<unknown>) => { await sql.raw(text).execute(tx); } }])) };
    expect((await new Migrator({ db: old, provider }).migrateToLatest()).error).toBeUndefined();
    await sql`INSERT INTO sweep (id, idempotency_key, name, output, plan, plan_hash, publish_seq) VALUES ('sw-1', 'k', 'n', 'o', '{}', 'h', 0)`.execute(old);
    await sql`INSERT INTO session (id, agent_id, incarnation, node, provider, device, version, plugins, expires_at) VALUES ('se-1', 'a', 'i', 'n', 'cpu', 'd', '0', '{}', now())`.execute(old);
    await sql`
      INSERT INTO shard (sweep_id, seq, stage, layer, unit_start, unit_end, view, cost, state, fence, session)
      VALUES ('sw-1', 0, 'synthesis', 'conv', 0, 4, 0, 1, 'leased', 7, 'se-1')`.execute(old);
    await old.destroy();
    const db = await open(connection);
    const w = worldOf(db);
    // The agent that held the shard in the old version is lost, and another has it next.
    expect(await w.store.reap()).toEqual([{ sweepId: 'sw-1', seq: 0, fence: 7n, agentId: 'a', quarantined: false }]);
    expect(await w.leaseOne(await w.agent('b'))).toMatchObject({ sweepId: 'sw-1', seq: 0, fence: 8n });
    await db.destroy();
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
