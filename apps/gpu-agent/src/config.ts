import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageNames } from '@neuron-atlas/plugins';
import { tokenSource, type TokenSource } from '@neuron-atlas/proto/bearer';
import { tlsFiles, type TlsFiles } from '@neuron-atlas/proto/tls';
import { parseHostPort, type HostPort } from '@neuron-atlas/telemetry';
import { errors } from './errors.js';

export const providers = ['auto', 'cuda', 'webgpu', 'cpu'] as const;
export type ProviderChoice = (typeof providers)[number];

export interface AgentConfig {
  /** `host:port` of the coordinator. */
  readonly coordinator: string;
  /** Mutual TLS to the coordinator; absent: none. */
  readonly tls: TlsFiles | undefined;
  /** What says to the coordinator who calls; absent: the certificate. */
  readonly token: TokenSource | undefined;
  /** Stable over restarts; letters, digits, dot, dash and underscore. */
  readonly agentId: string;
  readonly node: string;
  readonly provider: ProviderChoice;
  /** Threads of one graph run; absent: what the runtime finds best. */
  readonly threads: number | undefined;
  /** Packages of plugins beside those that come with the project. */
  readonly plugins: readonly string[];
  /** Models and programs by content; agents may share it. */
  readonly cacheDir: string;
  /** Result files until they are uploaded. */
  readonly scratchDir: string;
  /** Ends the agent after the first poll that brings no work. */
  readonly exitWhenIdle: boolean;
  readonly connectTimeoutMs: number;
  readonly logLevel: string;
  /** Where `/metrics`, `/livez` and `/readyz` are served; absent: nowhere. */
  readonly metrics: HostPort | undefined;
  /** Whether the pod's deletion cost follows the work. */
  readonly podDeletionCost: boolean;
}

/** What the options fall back to. */
export interface Machine {
  readonly hostName: string;
  readonly homeDir: string;
  readonly tempDir: string;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** The agent's settings from the command line, then the environment, then the machine; `help` if that was asked. */
export function readConfig(argv: readonly string[], env: Readonly<Record<string, string | undefined>>, machine: Machine): AgentConfig | 'help' {
  const given = parse(argv);
  if (given.help === true) return 'help';
  const coordinator = given.coordinator ?? env['NEURON_ATLAS_COORDINATOR'] ?? '127.0.0.1:7070';
  const agentId = given.id ?? env['NEURON_ATLAS_AGENT_ID'] ?? machine.hostName;
  const provider = given.provider ?? env['NEURON_ATLAS_PROVIDER'] ?? 'auto';
  const threads = given.threads ?? env['NEURON_ATLAS_THREADS'];
  const logLevel = given['log-level'] ?? env['NEURON_ATLAS_LOG_LEVEL'] ?? 'info';
  const metrics = given.metrics ?? env['NEURON_ATLAS_AGENT_METRICS'];
  const caches = env['XDG_CACHE_HOME'] === undefined || env['XDG_CACHE_HOME'] === '' ? join(machine.homeDir, '.cache') : env['XDG_CACHE_HOME'];
  expect(/^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/.test(coordinator) && Number(coordinator.split(':').at(-1)) <= 65_535, '--coordinator', coordinator, 'host:port');
  expect(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(agentId), '--id', agentId, 'at most 128 letters, digits, dots, dashes and underscores');
  expect((providers as readonly string[]).includes(provider), '--provider', provider, `one of ${providers.join(', ')}`);
  expect(logLevels.includes(logLevel), '--log-level', logLevel, `one of ${logLevels.join(', ')}`);
  const file = (name: 'cert' | 'key' | 'ca'): string | undefined => given[`tls-${name}`] ?? env[`NEURON_ATLAS_TLS_${name.toUpperCase()}`];
  return {
    coordinator,
    tls: tlsFiles({ cert: file('cert'), key: file('key'), ca: file('ca') }),
    token: tokenSource(env),
    agentId,
    node: machine.hostName,
    provider: provider as ProviderChoice,
    threads: threads === undefined ? undefined : whole('--threads', threads, 1, 1024),
    plugins: packageNames(given.plugins ?? env['NEURON_ATLAS_PLUGINS']),
    cacheDir: given.cache ?? env['NEURON_ATLAS_CACHE'] ?? join(caches, 'neuron-atlas'),
    scratchDir: given.scratch ?? env['NEURON_ATLAS_SCRATCH'] ?? join(machine.tempDir, 'neuron-atlas-agent'),
    exitWhenIdle: given['exit-when-idle'] ?? false,
    connectTimeoutMs: whole('--connect-timeout-ms', given['connect-timeout-ms'] ?? '30000', 0, 86_400_000),
    logLevel,
    metrics: metrics === undefined || metrics === '' ? undefined : parseHostPort(metrics),
    podDeletionCost: given['pod-deletion-cost'] ?? false,
  };
}

export const usage = `Usage: neuron-atlas-agent [options]

Works on shards of sweeps that a coordinator leases to it.

  --coordinator HOST:PORT   default 127.0.0.1:7070; NEURON_ATLAS_COORDINATOR
  --tls-cert FILE           certificate to show to the coordinator, PEM; NEURON_ATLAS_TLS_CERT
  --tls-key FILE            its key; NEURON_ATLAS_TLS_KEY
  --tls-ca FILE             the authority of the coordinator's certificate; NEURON_ATLAS_TLS_CA
                            a token: in NEURON_ATLAS_TOKEN, or a file in NEURON_ATLAS_TOKEN_FILE
  --id NAME                 stable name of this agent, default the host name; NEURON_ATLAS_AGENT_ID
  --provider NAME           auto, cuda, webgpu or cpu, default auto; NEURON_ATLAS_PROVIDER
  --threads N               threads of one graph run; NEURON_ATLAS_THREADS
  --plugins NAME,…          npm packages of plugins, looked up from the current folder; NEURON_ATLAS_PLUGINS
  --cache DIR               models and programs by content, default ~/.cache/neuron-atlas; NEURON_ATLAS_CACHE
  --scratch DIR             result files until they are uploaded; NEURON_ATLAS_SCRATCH
  --connect-timeout-ms N    how long to wait for the coordinator at the start, default 30000
  --exit-when-idle          end when a poll brings no work
  --metrics HOST:PORT       serve /metrics, /livez and /readyz over HTTP; NEURON_ATLAS_AGENT_METRICS
  --pod-deletion-cost       on Kubernetes: tell by an annotation what would be lost with this pod
  --log-level NAME          ${logLevels.join(', ')}; default info; NEURON_ATLAS_LOG_LEVEL
  --help

Example: neuron-atlas-agent --coordinator 127.0.0.1:7070 --provider cpu --threads 4
`;

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: false,
      options: {
        coordinator: { type: 'string' },
        id: { type: 'string' },
        provider: { type: 'string' },
        threads: { type: 'string' },
        plugins: { type: 'string' },
        cache: { type: 'string' },
        scratch: { type: 'string' },
        'connect-timeout-ms': { type: 'string' },
        'exit-when-idle': { type: 'boolean' },
        'log-level': { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'tls-ca': { type: 'string' },
        metrics: { type: 'string' },
        'pod-deletion-cost': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    throw errors.unknownOption({ argument: argv.join(' '), detail: (cause as Error).message }, cause);
  }
}

function whole(option: string, value: string, least: number, most: number): number {
  const parsed = /^\d+$/.test(value) ? Number(value) : NaN;
  expect(parsed >= least && parsed <= most, option, value, `a whole number from ${least} to ${most}`);
  return parsed;
}

function expect(holds: boolean, option: string, value: string, expected: string): void {
  if (!holds) throw errors.badOption({ option, value, expected });
}
