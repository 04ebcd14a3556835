import { randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { createAudit } from './access/audit.js';
import { sessionOwners } from './access/session-owners.js';
import { createTokens } from './access/tokens.js';
import type { Config } from './config.js';
import { errors } from './errors.js';
import { startPostgres, type Postgres } from './postgres/start-postgres.js';
import { runReaper } from './reaper.js';
import { Counter, createRegistry, prefix, serveOperations, type HostPort } from '@neuron-atlas/telemetry';
import { createLeadership } from './leadership.js';
import { grpcMetrics } from './metrics/grpc-metrics.js';
import { meteredStore } from './metrics/metered-store.js';
import { mostSweeps, queueGauges } from './metrics/queue-gauges.js';
import { outlook } from './store/outlook.js';
import { version } from './version.js';
import { createWorkSignal } from './rpc/work-signal.js';
import { serve } from './server/serve.js';
import { loggedStore } from './logged-store.js';
import { lockStateDir, type StateLock } from './state/lock-state-dir.js';
import { createStore } from './store/create-store.js';
import { openDatabase, type Connection, type Db } from './store/database.js';
import { lead, resign } from './store/lead.js';
import { defaultPolicy } from './store/store.js';

export interface Coordinator {
  /** `127.0.0.1:50051` */
  readonly listening: string;
  /** Where metrics and probes are served, if they are. */
  readonly metrics: string | undefined;
  /** Resolves with the reason when it can serve no longer. */
  readonly broken: Promise<string>;
  /** Answers parked calls, lets the others end, closes the database, stops our PostgreSQL, gives the directory up. */
  stop(): Promise<void>;
  /** For the last moment of this process: ends our PostgreSQL without waiting. */
  stopNow(): void;
}

const graceMs = 10_000;

/** Lock, database, schema, gRPC, reaper, in this order; what was started is stopped again where a later step fails. */
export async function startCoordinator(config: Config, log: Logger): Promise<Coordinator> {
  const undo: (() => Promise<void> | void)[] = [];
  const unwind = async (): Promise<void> => { for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step(); };
  try {
    let postgres: Postgres | undefined;
    let connection: Connection;
    if ('stateDir' in config.database) {
      const lock = takeStateDir(config.database.stateDir);
      undo.push(() => lock.release());
      const started = await startPostgres(config.database.stateDir);
      undo.push(() => started.stop());
      if (started.stoppedOrphan !== undefined) log.warn({ pid: started.stoppedOrphan }, 'stopped the PostgreSQL that a killed coordinator left behind');
      connection = started.connection;
      postgres = started;
    } else {
      connection = config.database;
    }
    const db: Db = await openDatabase(connection, (error) => log.warn({ err: error }, 'a database connection broke while idle'));
    undo.push(() => db.destroy());

    const stopping = new AbortController();
    const work = createWorkSignal();
    const policy = { ...defaultPolicy, leaseTtlMs: config.leaseTtlMs, windowShards: config.windowShards };
    const registry = createRegistry({ component: 'coordinator', version });
    const now = (): number => performance.now();
    const store = meteredStore(loggedStore(createStore(db, policy, work.notify), log), registry, now);
    const role = { role: 'queue', holder: `${hostname()} ${randomUUID()}` } as const;
    const terms = new Counter({ name: `${prefix}leader_terms_total`, help: 'Terms that have begun on this coordinator.', labelNames: ['role'], registers: [registry] });
    terms.inc({ role: role.role }, 0);
    // As patient with each other as with agents.
    const leadership = createLeadership({
      lead: () => lead(db, { ...role, ttlMs: config.leaseTtlMs }), resign: () => resign(db, role), ttlMs: config.leaseTtlMs, everyMs: config.heartbeatMs, now,
      onTerm: () => terms.inc({ role: role.role }), log: log.child({ role: role.role }),
    });
    queueGauges(registry, {
      read: () => outlook(db, mostSweeps), leads: leadership.leads, ping: () => sql`SELECT 1`.execute(db), now,
      onError: (error) => log.warn({ err: error }, 'the queue could not be read for its metrics'),
    });
    const [tokens, audit] = [createTokens(db, now), createAudit(db)];
    const server = await serve(
      { store, tokens, audit, policy, heartbeatMs: config.heartbeatMs, work, now, stopping: stopping.signal },
      { mode: config.auth, tokens, audit, ...sessionOwners(db), log, now },
      { ...config.listen, tls: config.tls }, log, grpcMetrics(registry, now),
    );
    let metrics: string | undefined;
    if (config.metrics !== undefined) {
      const operations = await serveOperations({
        listen: config.metrics, registry, live: () => undefined,
        ready: async () => (stopping.signal.aborted ? 'asked to stop' : await answers(db)),
      });
      undo.push(async () => { await operations[Symbol.asyncDispose](); });
      metrics = address({ ...config.metrics, port: operations.port });
    }
    const standing = Promise.all([runReaper(store, config.reaperMs, log, stopping.signal), leadership.run(stopping.signal)]);
    undo.push(async () => {
      stopping.abort();
      await server.stop(graceMs);
      await standing;
    });
    return {
      listening: address({ ...config.listen, port: server.port }),
      metrics,
      broken: postgres?.died ?? new Promise(() => {}),
      stop: unwind,
      stopNow: () => postgres?.stopNow(),
    };
  } catch (error) {
    await unwind();
    throw error;
  }
}

const address = ({ host, port }: HostPort): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Why the database cannot be used at the moment, or nothing. */
async function answers(db: Db): Promise<string | undefined> {
  try {
    await sql`SELECT 1`.execute(db);
    return undefined;
  } catch (error) {
    return `the database does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function takeStateDir(directory: string): StateLock {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw errors.stateUnusable({ directory, reason: (error as Error).message }, error);
  }
  return lockStateDir(directory);
}
