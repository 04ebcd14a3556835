import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { tlsFiles, type TlsFiles } from '@neuron-atlas/proto/tls';
import { parseHostPort, type HostPort } from '@neuron-atlas/telemetry';
import { errors } from './errors.js';

/** Where the coordinator listens, where its state is, and how long it waits for agents. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  /** Mutual TLS: whoever shows a certificate of the authority may connect. Absent: no encryption, loopback only. */
  readonly tls: TlsFiles | undefined;
  /** `roles`: callers may do what their token or certificate grants. `open`: all may do all; on loopback only. */
  readonly auth: 'open' | 'roles';
  /** A PostgreSQL server, or a folder for one of our own. */
  readonly database: { readonly url: string } | { readonly stateDir: string };
  /** How long an agent may be silent before its leases are somebody else's, in milliseconds. */
  readonly leaseTtlMs: number;
  readonly heartbeatMs: number;
  /** How often ended leases are looked for. */
  readonly reaperMs: number;
  /** Rows that are made at once of a sweep's shards. */
  readonly windowShards: number;
  readonly logLevel: string;
  /** Where `/metrics`, `/livez` and `/readyz` are served; absent: nowhere. */
  readonly metrics: HostPort | undefined;
}

export const usage = `Usage: neuron-atlas-coordinator (--state DIR | --database URL) [options]

  --state DIR          run a PostgreSQL of its own with its data in DIR
  --database URL       use this PostgreSQL (15 or newer): postgres://user:password@host:5432/name
  --listen HOST:PORT   address to serve gRPC on, loopback only unless with TLS; port 0 takes a free one (127.0.0.1:0)
  --tls-cert FILE      certificate of this coordinator, PEM; renewed files are taken up while it serves
  --tls-key FILE       its key
  --tls-ca FILE        the authority whose certificates agents and command lines must show
  --auth MODE          roles: callers may do what their token, or the organisational units of their certificate,
                       grant; open: everybody may do everything, on loopback only (roles with TLS, else open)
  --lease-ttl-ms N     an agent that is silent for this long loses its leases (60000)
  --heartbeat-ms N     how often agents are told to report; at most half of the above (15000)
  --reaper-ms N        how often ended leases are looked for (5000)
  --window-shards N    how many of a sweep's shards are made rows of the database at once (256)
  --metrics HOST:PORT  serve /metrics, /livez and /readyz over HTTP (nowhere)
  --log-level LEVEL    trace, debug, info, warn, error, silent (info)
  --help

Each option may come from the environment instead: NEURON_ATLAS_COORDINATOR_STATE, …_DATABASE, …_LISTEN,
…_LEASE_TTL_MS, …_HEARTBEAT_MS, …_REAPER_MS, …_WINDOW_SHARDS, …_METRICS, …_TLS_CERT and so on. When it serves it prints {"listening":"127.0.0.1:PORT"}.

Example: neuron-atlas-coordinator --state ./state --listen 127.0.0.1:7070`;

const names = ['state', 'database', 'listen', 'lease-ttl-ms', 'heartbeat-ms', 'reaper-ms', 'window-shards', 'log-level', 'metrics', 'tls-cert', 'tls-key', 'tls-ca', 'auth'] as const;

/** Flags first, then environment, then defaults. Errors: COORDINATOR_BAD_OPTION, COORDINATOR_INSECURE_LISTEN. */
export function parseConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Config | 'help' {
  const given = parseFlags(args);
  if (given.help === true) return 'help';
  const option = (name: (typeof names)[number]): string | undefined => {
    const value = given[name] ?? env[`NEURON_ATLAS_COORDINATOR_${name.replaceAll('-', '_').toUpperCase()}`];
    return value === '' ? undefined : value;
  };
  const leaseTtlMs = milliseconds('--lease-ttl-ms', option('lease-ttl-ms') ?? '60000');
  const heartbeatMs = milliseconds('--heartbeat-ms', option('heartbeat-ms') ?? '15000');
  if (heartbeatMs * 2 > leaseTtlMs) {
    throw errors.badOption({ option: '--heartbeat-ms', reason: `${heartbeatMs} is more than half of --lease-ttl-ms (${leaseTtlMs}): one late heartbeat would lose every lease` });
  }
  const logLevel = option('log-level') ?? 'info';
  if (!['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].includes(logLevel)) {
    throw errors.badOption({ option: '--log-level', reason: `${logLevel} is none of trace, debug, info, warn, error, fatal, silent` });
  }
  const metrics = option('metrics');
  const tls = tlsFiles({ cert: option('tls-cert'), key: option('tls-key'), ca: option('tls-ca') });
  const auth = option('auth') ?? (tls === undefined ? 'open' : 'roles');
  if (auth !== 'open' && auth !== 'roles') throw errors.badOption({ option: '--auth', reason: `${auth} is neither open nor roles` });
  return {
    listen: listenAddress(option('listen') ?? '127.0.0.1:0', tls !== undefined && auth === 'roles'),
    tls,
    auth,
    database: databaseOf(option('state'), option('database')),
    leaseTtlMs,
    heartbeatMs,
    reaperMs: milliseconds('--reaper-ms', option('reaper-ms') ?? '5000'),
    windowShards: wholeNumber('--window-shards', option('window-shards') ?? '256', { least: 1, most: 10_000 }),
    logLevel,
    metrics: metrics === undefined ? undefined : parseHostPort(metrics),
  };
}

function parseFlags(args: readonly string[]): Partial<Record<(typeof names)[number], string>> & { help?: boolean } {
  try {
    return parseArgs({
      args: [...args], strict: true, allowPositionals: false,
      options: { help: { type: 'boolean' }, ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])) },
    }).values;
  } catch (error) {
    throw errors.badOption({ option: 'command line', reason: (error as Error).message }, error);
  }
}

const milliseconds = (option: string, text: string): number => wholeNumber(option, text, { least: 10, most: 86_400_000, of: ' of milliseconds' });

function wholeNumber(option: string, text: string, { least, most, of = '' }: { readonly least: number; readonly most: number; readonly of?: string }): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) throw errors.badOption({ option, reason: `${text} is not a whole number${of} from ${least} to ${most}` });
  return value;
}

function listenAddress(text: string, secure: boolean): Config['listen'] {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3];
  if (host === undefined || port === undefined || Number(port) > 65_535) {
    throw errors.badOption({ option: '--listen', reason: `${text} is not HOST:PORT` });
  }
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (!loopback && !secure) throw errors.insecureListen({ listen: text });
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: Number(port) };
}

function databaseOf(state: string | undefined, database: string | undefined): Config['database'] {
  if (state !== undefined && database !== undefined) {
    throw errors.badOption({ option: '--state', reason: 'a data directory and --database exclude each other' });
  }
  if (state !== undefined) return { stateDir: resolve(state) };
  if (database === undefined) throw errors.badOption({ option: '--state', reason: 'give a data directory, or a server with --database' });
  if (!/^postgres(ql)?:\/\//.test(database) || !URL.canParse(database)) {
    throw errors.badOption({ option: '--database', reason: 'it is not a postgres:// URL' });
  }
  return { url: database };
}
