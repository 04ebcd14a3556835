import { Kysely, Migrator, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { errors } from '../errors.js';
import { migrations } from './migrations/index.js';
import { PreparedClient } from './prepared-client.js';

/** Queries are SQL; Kysely binds, pools, opens transactions and migrates. */
export type Db = Kysely<unknown>;
export type Tx = Transaction<unknown>;

export type Connection =
  | { readonly url: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly password: string; readonly database: string };

const int8 = 20;

/**
 * A pool on a database whose schema is up to date.
 *
 * Several coordinators may open one database at once: the migrator takes an advisory lock. Errors:
 * COORDINATOR_DATABASE_UNREACHABLE, COORDINATOR_DATABASE_TOO_OLD, COORDINATOR_MIGRATION_FAILED.
 */
export async function openDatabase(connection: Connection, onIdleError: (error: Error) => void): Promise<Db> {
  const pool = new pg.Pool({
    ...('url' in connection ? { connectionString: connection.url } : connection),
    application_name: 'neuron-atlas-coordinator',
    Client: PreparedClient,
    max: 16,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // Ours are short statements: one that waits this long waits for something that is broken.
    statement_timeout: 30_000,
    lock_timeout: 10_000,
    idle_in_transaction_session_timeout: 30_000,
    types: { getTypeParser: ((oid: number, format?: 'text' | 'binary') => oid === int8 ? BigInt : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser },
  });
  // A connection that breaks while nobody uses it: the pool replaces it. While we close, they all may.
  pool.on('error', (error) => { if (!pool.ending) onIdleError(error); });
  // One that breaks between two queries of whoever has it: the next one fails and says why. Unheard, it would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => {});
    // Our statements mean the same whatever their parameters: to plan one anew takes longer than to run it. Should this fail, so does what follows.
    client.query('SET plan_cache_mode = force_generic_plan').catch(() => {});
  });
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  try {
    await checkVersion(db, nameOf(connection));
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return db;
}

async function checkVersion(db: Db, database: string): Promise<void> {
  let version: string;
  try {
    const { rows } = await sql<{ server_version: string }>`SHOW server_version`.execute(db);
    version = rows[0]?.server_version ?? '';
  } catch (error) {
    throw errors.databaseUnreachable({ database, reason: reasonOf(error) }, error);
  }
  if (Number.parseInt(version, 10) < 15) throw errors.databaseTooOld({ database, version });
}

async function migrate(db: Db): Promise<void> {
  const provided = Object.fromEntries(Object.entries(migrations).map(([name, text]) => [name, { up: async (tx: Kysely<unknown>) => { await sql.raw(text).execute(tx); } }]));
  const { error, results } = await new Migrator({ db, provider: { getMigrations: async () => provided } }).migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'the list of migrations';
  throw errors.migrationFailed({ migration: failed, reason: reasonOf(error) }, error);
}

/** Host, port and name; never the password. */
function nameOf(connection: Connection): string {
  if (!('url' in connection)) return `${connection.host}:${connection.port}/${connection.database}`;
  const { host, pathname } = new URL(connection.url);
  return `${host}${pathname}`;
}

// An AggregateError of several addresses has an empty message of its own.
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
