import { defineErrors } from '@neuron-atlas/errors';

/** Everything that a caller of the coordinator, or the person who starts it, can get wrong or meet. */
export const errors = defineErrors('COORDINATOR', {
  // starting
  badOption: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { option: string; reason: string }) => `${d.option}: ${d.reason}`,
    help: 'run neuron-atlas-coordinator --help',
  },
  insecureListen: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { listen: string }) => `refusing to listen on ${d.listen}: it is not a loopback address, and calls are not both encrypted and authenticated`,
    help: 'give --tls-cert, --tls-key and --tls-ca (and not --auth open), or listen on 127.0.0.1 and reach it through a tunnel',
  },
  portInUse: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { listen: string }) => `cannot listen on ${d.listen}: the port is in use`,
    help: 'stop the process that holds it, or give another port with --listen (port 0 takes a free one)',
  },
  cannotListen: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { listen: string; reason: string }) => `cannot listen on ${d.listen}: ${d.reason}`,
    help: 'give an address of this machine with --listen',
  },
  stateLocked: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { directory: string; pid: number }) => `the data directory ${d.directory} is in use by process ${d.pid}`,
    help: 'stop that process, or give another directory with --state',
  },
  stateUnusable: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { directory: string; reason: string }) => `the data directory ${d.directory} cannot be used: ${d.reason}`,
    help: 'make it a folder that this user may write to, or give another one with --state',
  },
  postgresMissing: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { platform: string; reason: string }) => `no PostgreSQL for ${d.platform}: ${d.reason}`,
    help: 'run npm install again with optional packages, or give a server with --database postgres://…',
  },
  postgresStart: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { directory: string; reason: string }) => `PostgreSQL cannot start in ${d.directory}: ${d.reason}`,
    help: 'read postgres.log in the data directory; a server of your own can be given with --database postgres://…',
  },
  postgresOrphan: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { directory: string; pid: number }) => `a PostgreSQL server (process ${d.pid}) that an earlier coordinator left behind in ${d.directory} does not stop`,
    help: 'end that process by hand and start again; committed results are safe',
  },
  postgresDied: {
    grpc: 'UNAVAILABLE',
    message: (d: { reason: string }) => `PostgreSQL has ended by itself: ${d.reason}`,
    help: 'start the coordinator again; committed results are safe',
  },
  databaseUnreachable: {
    grpc: 'UNAVAILABLE',
    message: (d: { database: string; reason: string }) => `the database ${d.database} cannot be reached: ${d.reason}`,
    help: 'check that PostgreSQL (15 or newer) runs there, and the user and password in --database',
  },
  databaseTooOld: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { database: string; version: string }) => `the database ${d.database} is PostgreSQL ${d.version}`,
    help: 'give a server of PostgreSQL 15 or newer',
  },
  migrationFailed: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { migration: string; reason: string }) => `the database schema could not be brought up to date at ${d.migration}: ${d.reason}`,
    help: 'nothing was changed; give a database that is empty or was made by this version or an older one',
  },
  // serving
  databaseUnavailable: {
    grpc: 'UNAVAILABLE',
    message: (d: { reason: string }) => `the database does not answer: ${d.reason}`,
    help: 'repeat the call: every call is idempotent',
  },
  databaseBusy: {
    grpc: 'ABORTED',
    message: (d: { reason: string }) => `the database gave this call up in favour of another: ${d.reason}`,
    help: 'repeat the call: every call is idempotent',
  },
  stopping: {
    grpc: 'UNAVAILABLE',
    message: () => 'the coordinator is stopping',
    help: 'repeat the call when it is back',
  },
  badRequest: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { field: string; reason: string }) => `${d.field}: ${d.reason}`,
    help: 'mend this field and call again',
  },
  sessionLost: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { session: string }) => `session ${d.session} has ended or never was: all its leases are gone`,
    help: 'stop its work, write nothing more, and register again',
  },
  manifestMismatch: {
    grpc: 'DATA_LOSS',
    message: (d: { shardId: string; fence: string }) => `shard ${d.shardId} was committed under fence ${d.fence} with another manifest: the same attempt gave two results`,
    help: 'look for two processes that share a session; the first result stands',
  },
  objectKeyTaken: {
    grpc: 'ALREADY_EXISTS',
    message: (d: { shardId: string; reason: string }) => `shard ${d.shardId} reports an object that another shard has committed: ${d.reason}`,
    help: 'write objects under keys that are unique to the attempt',
  },
  badPlan: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { field: string; reason: string }) => `plan: ${d.field}: ${d.reason}`,
    help: 'mend this field of the spec, or use a client of the same version as the coordinator',
  },
  planTooLarge: {
    grpc: 'RESOURCE_EXHAUSTED',
    message: (d: { limit: number }) => `the sweep has more than ${d.limit} shards`,
    help: 'take fewer layers, channels or views, or several sweeps',
  },
  noAgentHas: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { missing: readonly string[]; agents: number }) => `none of the ${d.agents} agents that are here has ${d.missing.join(', ')}`,
    help: 'start an agent with the package that brings it (--plugins, NEURON_ATLAS_PLUGINS), of the version that the plan was made with',
  },
  notAuthenticated: {
    grpc: 'UNAUTHENTICATED',
    message: (d: { reason: string }) => `the caller is not known: ${d.reason}`,
    help: 'show a certificate (NEURON_ATLAS_TLS_CERT, _KEY, _CA), or a token that is valid (NEURON_ATLAS_TOKEN, or a file in NEURON_ATLAS_TOKEN_FILE)',
  },
  notPermitted: {
    grpc: 'PERMISSION_DENIED',
    message: (d: { who: string; roles: readonly string[]; method: string; granted: readonly string[] }) =>
      `${d.who} (${d.roles.length === 0 ? 'without a role' : d.roles.join(', ')}) may not call ${d.method}; it is for: ${d.granted.join(', ') || 'nobody'}`,
    help: 'use a token or a certificate with that role; an operator makes tokens with neuron-atlas token create',
  },
  agentTaken: {
    grpc: 'ALREADY_EXISTS',
    message: (d: { agentId: string }) => `an agent called ${d.agentId} is at work under another token or certificate`,
    help: 'give this agent another name (--id), or wait until the other is gone',
  },
  tokenNotFound: {
    grpc: 'NOT_FOUND',
    message: (d: { tokenId: string }) => `there is no token ${d.tokenId}`,
    help: 'list them with neuron-atlas token list',
  },
  sweepNotFound: {
    grpc: 'NOT_FOUND',
    message: (d: { sweepId: string }) => `there is no sweep ${d.sweepId}`,
    help: 'list the sweeps of this coordinator with neuron-atlas sweeps',
  },
  sweepKeyTaken: {
    grpc: 'ALREADY_EXISTS',
    message: (d: { idempotencyKey: string; sweepId: string }) => `the key ${d.idempotencyKey} belongs to sweep ${d.sweepId}, which has another plan`,
    help: 'submit the changed plan under a key of its own',
  },
  sweepState: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { sweepId: string; state: string; action: string }) => `sweep ${d.sweepId} is ${d.state}: it cannot be ${d.action}`,
    help: 'look at its state with neuron-atlas status',
  },
  outputInUse: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { output: string; sweepId: string; state: string }) => `sweep ${d.sweepId} works in ${d.output}: it is ${d.state}`,
    help: 'wait until it is over, or cancel it',
  },
  outputHeld: {
    grpc: 'ABORTED',
    message: (d: { output: string }) => `objects that nobody refers to are being removed from ${d.output}`,
    help: 'try again when that is over, in ten minutes at most',
  },
  leaseLost: {
    grpc: 'ABORTED',
    message: (d: { agentId: string; times: number }) => `the agent was lost ${d.times} times while it worked on this shard, last ${d.agentId}`,
    help: 'look at the agents\' logs: the shard may be what ends them; then retry the sweep',
  },
  unreadableFailure: {
    grpc: 'UNKNOWN',
    message: (d: { text: string }) => `an agent reported a failure that is not a catalogued error: ${d.text}`,
    help: 'use agents of the same version as the coordinator',
  },
});
