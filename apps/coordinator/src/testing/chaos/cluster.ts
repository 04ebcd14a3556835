import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { SweepServiceDefinition, atlasErrors, type SweepServiceClient } from '@neuron-atlas/proto';
import {
  clockFile, openNamespace, standingProcess, startS3Front, startTcpProxy, type ClockFile, type LogLine, type NetworkNamespace, type S3Front, type StandingProcess, type TcpProxy,
} from '@neuron-atlas/testkit';
import { createChannel, createClientFactory } from 'nice-grpc';
import pg from 'pg';
import { startPostgres, type Postgres } from '../../postgres/start-postgres.js';
import { coordinatorBin } from '../spawn-coordinator.js';

const agentBin = fileURLToPath(new URL('../../../../gpu-agent/bin/neuron-atlas-agent.js', import.meta.url));

export interface Leases { readonly ttlMs: number; readonly heartbeatMs: number; readonly reaperMs: number }

export interface CoordinatorPlace { readonly process: StandingProcess; readonly port: number; readonly database: TcpProxy; readonly clock: ClockFile | undefined }

export interface AgentPlace {
  readonly id: string;
  readonly process: StandingProcess;
  /** Between it and the coordinators. */
  readonly link: TcpProxy;
  /** Between it and the store. */
  readonly store: S3Front;
  readonly clock: ClockFile | undefined;
  readonly namespace: NetworkNamespace | undefined;
  /** Of the engine child that it last told of. */
  enginePid: number | undefined;
}

export interface Line extends LogLine { readonly from: string }

export interface ClusterOptions {
  readonly folder: string;
  readonly s3Endpoint: string;
  readonly coordinators: number;
  readonly agents: number;
  readonly leases: Leases;
  /** Rows that coordinators make at once of a sweep's shards. @default theirs */
  readonly windowShards?: number;
  /** Path of libfaketime; the last coordinator and the last agent then have clocks that can be set. */
  readonly faketime?: string | undefined;
  /** Whether the first agent gets a network of its own, where the machine permits it. */
  readonly namespaces?: boolean;
  readonly onLine?: (line: Line) => void;
}

/**
 * Real processes with faults between them: coordinators on one PostgreSQL, agents on a real S3 server, each of them
 * behind proxies of its own, all started again when they end.
 */
export class Cluster implements AsyncDisposable {
  readonly coordinators: CoordinatorPlace[] = [];
  readonly agents: AgentPlace[] = [];
  readonly #options: ClusterOptions;
  #postgres: Postgres;
  #restarting = Promise.resolve();

  private constructor(options: ClusterOptions, postgres: Postgres) {
    this.#options = options;
    this.#postgres = postgres;
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    mkdirSync(join(options.folder, 'state'), { recursive: true });
    const cluster = new Cluster(options, await startPostgres(join(options.folder, 'state')));
    for (let i = 0; i < options.coordinators; i++) await cluster.#addCoordinator(i);
    for (let i = 0; i < options.agents; i++) await cluster.addAgent();
    return cluster;
  }

  /** Runs SQL on the database itself, past all faults; again while it is away. */
  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    for (let tries = 0; ; tries++) {
      const client = new pg.Client(this.#postgres.connection);
      client.on('error', () => {});
      try {
        await client.connect();
        return (await client.query<Row>(text, [...values])).rows;
      } catch (error) {
        const { code } = error as { readonly code?: string };
        if (tries > 600 || (code !== undefined && !/^(ECONN|57P|08)/.test(code))) throw error;
        await sleep(100);
      } finally {
        await client.end().catch(() => {});
      }
    }
  }

  /** Ends PostgreSQL (`SIGKILL`: as a power cut would, but for the disk), and starts it again on the same data after a while. One at a time. */
  restartPostgres(how: 'SIGKILL' | 'in order', awayMs: number): Promise<void> {
    this.#restarting = this.#restarting.then(async () => {
      const { died, pid } = this.#postgres;
      if (how === 'SIGKILL') {
        process.kill(pid, 'SIGKILL');
        await died;
      } else await this.#postgres.stop();
      await sleep(awayMs);
      this.#postgres = await this.#startAgain();
    });
    return this.#restarting;
  }

  /** The children of a killed server hold its memory for a moment, and a server does not start beside them. */
  async #startAgain(): Promise<Postgres> {
    for (let tries = 1; ; tries++) {
      try {
        return await startPostgres(join(this.#options.folder, 'state'));
      } catch (error) {
        if (tries === 50) throw error;
        await sleep(200);
      }
    }
  }

  /** A client of the first coordinator that answers. */
  async sweeps<T>(call: (client: SweepServiceClient) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      const channel = createChannel(`127.0.0.1:${this.coordinators[tries % this.coordinators.length]!.port}`);
      try {
        return await call(createClientFactory().use(atlasErrors).create(SweepServiceDefinition, channel));
      } catch (error) {
        const { grpc } = error as { readonly grpc?: string };
        if (tries > 600 || !['UNAVAILABLE', 'ABORTED', 'DEADLINE_EXCEEDED', 'CANCELLED'].includes(grpc ?? '')) throw error;
        await sleep(100);
      } finally {
        channel.close();
      }
    }
  }

  async #addCoordinator(index: number): Promise<void> {
    const { folder, leases, windowShards, faketime } = this.#options;
    const database = await startTcpProxy(() => [this.#postgres.connection]);
    const { user, password, database: name } = this.#postgres.connection;
    const clock = faketime !== undefined && index === this.#options.coordinators - 1 ? clockFile(faketime, join(folder, `clock-coordinator-${index}`)) : undefined;
    const port = await freePort();
    let serving = (): void => {};
    const started = new Promise<void>((resolve) => { serving = resolve; });
    const process_ = standingProcess([
      process.execPath, coordinatorBin, '--database', `postgres://${user}:${password}@127.0.0.1:${database.port}/${name}`, '--listen', `127.0.0.1:${port}`,
      '--lease-ttl-ms', String(leases.ttlMs), '--heartbeat-ms', String(leases.heartbeatMs), '--reaper-ms', String(leases.reaperMs), '--log-level', 'debug',
      ...(windowShards === undefined ? [] : ['--window-shards', String(windowShards)]),
    ], { env: { ...process.env, ...clock?.env }, logFile: join(folder, `coordinator-${index}.log`), onLine: (line) => {
      if ('listening' in line) serving();
      this.#options.onLine?.({ ...line, from: `coordinator-${index}` });
    } });
    this.coordinators.push({ process: process_, port, database, clock });
    await started;
  }

  /** One more agent, with a cache and a connection of its own. */
  async addAgent(): Promise<AgentPlace> {
    const { folder, s3Endpoint, faketime, namespaces } = this.#options;
    const index = this.agents.length;
    const id = `agent-${index}`;
    const namespace = namespaces === true && index === 0 ? openNamespace(index) : undefined;
    const clock = faketime !== undefined && index === this.#options.agents - 1 ? clockFile(faketime, join(folder, `clock-${id}`)) : undefined;
    const host = namespace?.host ?? '127.0.0.1';
    // Each agent begins with another coordinator, and takes the next where one does not answer.
    const link = await startTcpProxy(() => this.coordinators.map((_, i) => ({ host: '127.0.0.1', port: this.coordinators[(i + index) % this.coordinators.length]!.port })), host);
    const store = await startS3Front(s3Endpoint, host);
    const place: { -readonly [K in keyof AgentPlace]: AgentPlace[K] } = { id, link, store, clock, namespace, enginePid: undefined, process: undefined as never };
    place.process = standingProcess([
      ...namespace?.enter ?? [], process.execPath, agentBin, '--coordinator', `${host}:${link.port}`, '--id', id, '--provider', 'cpu', '--threads', '1',
      '--cache', join(folder, `cache-${id}`), '--scratch', join(folder, 'scratch'),
    ], { env: { ...process.env, ...clock?.env, AWS_ENDPOINT_URL_S3: `http://${host}:${store.port}` }, logFile: join(folder, `${id}.log`), onLine: (line) => {
      if (typeof line['enginePid'] === 'number') place.enginePid = line['enginePid'];
      this.#options.onLine?.({ ...line, from: id });
    } });
    this.agents.push(place);
    return place;
  }

  /** Ends every fault that lasts. */
  heal(): void {
    for (const { database, clock, process: coordinator } of this.coordinators) {
      database.heal();
      clock?.set(0);
      coordinator.signal('SIGCONT');
    }
    for (const { link, store, clock, namespace, process: agent } of this.agents) {
      link.heal();
      store.heal();
      clock?.set(0);
      namespace?.connected(true);
      agent.signal('SIGCONT');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    await Promise.all(this.agents.map(({ process: agent }) => agent.stop()));
    await Promise.all(this.coordinators.map(({ process: coordinator }) => coordinator.stop()));
    await Promise.all([...this.agents.flatMap(({ link, store }) => [link, store]), ...this.coordinators.map(({ database }) => database)].map((each) => each[Symbol.asyncDispose]()));
    for (const { namespace } of this.agents) namespace?.[Symbol.dispose]();
    await this.#postgres.stop();
    rmSync(join(this.#options.folder, 'state'), { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  await using probe = await startTcpProxy(() => []);
  return probe.port;
}
