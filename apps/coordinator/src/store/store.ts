import type { AtlasErrorJson } from '@neuron-atlas/errors';
import type { ShardSpec, SweepPlan } from '@neuron-atlas/spec';

export type SweepState =
  | 'running'    // its ready shards are handed out
  | 'paused'     // nothing is handed out; what is under way is called back
  | 'cancelled'  // nothing of it is worked on any more
  | 'done'       // published, every unit
  | 'failed';    // published without the quarantined shards, or not published at all

export type ShardState =
  | 'waiting'      // for other shards: `publish`, until every synthesis shard is done or quarantined
  | 'ready'        // the only state that a lease can be taken from
  | 'leased'       // held by `session` under `fence`, as long as that session lives
  | 'done'         // its manifest is committed
  | 'quarantined'  // out of attempts; a person looks at it
  | 'cancelled';

export const terminal = { running: false, paused: false, cancelled: true, done: true, failed: true } satisfies Record<SweepState, boolean>;

/** How patient the coordinator is. */
export interface Policy {
  /** A session that is silent for this long has ended, and its leases with it, in milliseconds. */
  readonly leaseTtlMs: number;
  /** A shard is bisected, or quarantined where it cannot be, at its n-th failure of its own: the engine died, out of memory. */
  readonly failureBudget: number;
  /** Of one shard that was bisected: after so many pieces that were given up, others are not bisected further. */
  readonly badPieces: number;
  /** The same for failures that are the world's: store, network, a sick agent. */
  readonly faultBudget: number;
  /** The same for agents that were lost while they held it: a shard may be what ends them. */
  readonly lossBudget: number;
  /** How old what is decided on may be: agents, and shards that failed. */
  readonly viewMs: number;
  /** Rows that are made at once of a lot's shards. A sweep that has no more than that in all is rows from the beginning. */
  readonly windowShards: number;
  /** Heartbeats that come within so many milliseconds are written together; far below a lease's life. */
  readonly gatherMs: number;
}

export const defaultPolicy: Policy = { leaseTtlMs: 60_000, failureBudget: 3, badPieces: 3, faultBudget: 10, lossBudget: 20, viewMs: 500, windowShards: 256, gatherMs: 200 };

export interface ShardRef { readonly sweepId: string; readonly seq: number }

/** A claim on a shard: `fence` is worth nothing once the shard was claimed again. */
export interface Claim extends ShardRef { readonly fence: bigint }

/** A lease that ended with the session of its agent. */
export interface LostLease extends Claim { readonly agentId: string; readonly quarantined: boolean }

export interface AgentIdentity {
  readonly agentId: string;
  readonly incarnation: string;
  readonly node: string;
  readonly provider: string;
  readonly device: string;
  readonly version: string;
  readonly plugins: readonly string[];
  /** Name of the token or certificate behind it; nobody else may use its sessions. @default 'local' */
  readonly identity?: string | undefined;
}

export interface LeasedShard extends Claim {
  /** Key of its lot. */
  readonly lot: string;
  /** A libs/spec ShardTask as JSON. */
  readonly taskJson: string;
  /** Where an agent was lost with the shard: from its last sign of life to this lease. */
  readonly recoverySeconds?: number;
  /** Of the sweep, as it was submitted; empty where nothing is traced. */
  readonly traceParent: string;
  /** What earlier holders that were told to stop had finished of it: no part of a manifest. */
  readonly finished: readonly StoredObject[];
}

export interface Progress extends Claim {
  readonly unitsDone: number;
  readonly unitsTotal: number;
  readonly phase: string;
  /** Fraction of the shard's work, 0..1. */
  readonly fraction: number;
  /** Since its agent began with it; 0: it has not. @default 0 */
  readonly begunSeconds?: number;
}

export interface Manifest { readonly objects: readonly StoredObject[]; readonly statsJson: string }

/** A finished shard as its session reports it. */
export interface Commit { readonly session: string; readonly claim: Claim; readonly manifest: Manifest }
export type CommitOutcome = 'committed' | 'already-committed' | 'fenced';

/** How much work is wanted, in a request that may be repeated by its id. */
export interface Wanted {
  readonly requestId: string;
  readonly max: number;
  readonly targetSeconds?: number;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: bigint;
  readonly sha256: string;
  readonly rows: bigint;
  readonly kind: string;
  readonly layer: string;
}

export type FailureClass = 'TRANSIENT' | 'POISON' | 'OUT_OF_MEMORY' | 'INFRA' | 'BAD_INPUT' | 'UNSPECIFIED';

export interface StageCounts {
  readonly stage: ShardSpec['stage'];
  readonly total: number;
  readonly done: number;
  readonly leased: number;
  readonly ready: number;
  readonly quarantined: number;
  readonly units: number;
  readonly unitsDone: number;
}

/** A sweep with its progress, read in one moment. */
export interface SweepRecord {
  readonly id: string;
  readonly name: string;
  readonly output: string;
  readonly state: SweepState;
  readonly stages: readonly StageCounts[];
  /** Of the recent past; 0 where nothing is known. */
  readonly unitsPerSecond: number;
  /** Below 0: not known. */
  readonly etaSeconds: number;
  readonly agents: number;
  readonly weight: number;
  readonly priority: number;
  readonly maxAgents: number;
  readonly agentSeconds: number;
  readonly createdAt: Date;
  readonly finishedAt: Date | undefined;
  readonly error: AtlasErrorJson | undefined;
}

/** What is absent stays. */
export interface ShareChange {
  /** Above 0. */
  readonly weight?: number | undefined;
  readonly priority?: number | undefined;
  /** 0: as many as there are. */
  readonly maxAgents?: number | undefined;
}

export interface AgentRecord {
  readonly agentId: string;
  readonly node: string;
  readonly provider: string;
  readonly device: string;
  readonly version: string;
  readonly heartbeatAgeSeconds: number;
  readonly leases: number;
  readonly unitsDone: bigint;
  readonly shardsDone: number;
  readonly shardsFailed: number;
  /** It failed everything, and gets no work for so long; 0: it does. */
  readonly asideSeconds: number;
}

export interface QuarantineRecord extends ShardRef {
  readonly stage: string;
  readonly layer: string;
  readonly unitStart: number;
  readonly unitEnd: number;
  readonly failures: number;
  readonly error: AtlasErrorJson | undefined;
}

/** All state of the coordinator. Handlers are tested with fakes of it; the one implementation is PostgreSQL. */
export interface Store {
  /** Opens a session and ends the agent's earlier one; the same incarnation gets its living session again. */
  register(agent: AgentIdentity): Promise<{ readonly session: string; readonly freed: readonly LostLease[] }>;
  /**
   * Up to `max` ready shards; with `targetSeconds` as many as this agent takes about so long for. The same request again gives what is
   * left of the same leases.
   */
  acquire(query: Wanted & { readonly session: string }): Promise<readonly LeasedShard[] | 'session-lost'>;
  /** Extends the session and answers each lease; leases that it should hold but does not name are freed. */
  heartbeat(report: { readonly session: string; readonly seq: bigint; readonly leases: readonly Progress[] }):
    Promise<readonly (Claim & { readonly kind: 'continue' | 'yield' | 'cancel' | 'lost' })[] | 'session-lost'>;
  complete(commit: Commit): Promise<CommitOutcome>;
  /** The same, and what there is for the session to do next, in one transaction; a session that is lost gets nothing. Asked again, both halves answer as before. */
  completeAndAcquire(commit: Commit, next: Wanted): Promise<{ readonly result: CommitOutcome; readonly leases: readonly LeasedShard[] }>;
  fail(failure: { readonly session: string; readonly claim: Claim; readonly failureClass: FailureClass; readonly error: AtlasErrorJson }):
    Promise<'will-retry' | 'bisected' | 'quarantined' | 'fenced'>;
  /**
   * Gives leases back; with what is `finished` of one, for its next holder: none leaves what was known before. One that was asked for and is worked on
   * is cut in two where that makes sense (release.ts).
   */
  release(release: { readonly session: string; readonly claims: readonly (Claim & { readonly finished?: readonly StoredObject[] })[] }): Promise<number>;
  /** Frees the leases of sessions that have run out, and readies what waits for nothing. Returns the leases that were freed. */
  reap(): Promise<readonly LostLease[]>;
  /** Where agents have nothing to do: decides which leases others are to give back for them, who hear of it with their next heartbeat. Returns these. */
  askToYield(): Promise<readonly Claim[]>;

  submit(sweep: { readonly idempotencyKey: string; readonly planJson: string; readonly plan: SweepPlan; readonly traceParent?: string }): Promise<{ readonly sweepId: string; readonly existed: boolean }>;
  sweep(sweepId: string): Promise<SweepRecord>;
  sweeps(): Promise<readonly SweepRecord[]>;
  planJson(sweepId: string): Promise<string>;
  pause(sweepId: string): Promise<void>;
  resume(sweepId: string): Promise<void>;
  cancel(sweepId: string): Promise<void>;
  /** Readies quarantined and cancelled shards, and sets `publish` back to waiting. */
  retry(sweepId: string): Promise<void>;
  /** Keeps everybody from a sweep's output; all sweeps in it are over (output-hold.ts). */
  holdOutput(hold: { readonly sweepId: string; readonly holder: string }): Promise<{ readonly output: string; readonly sweepIds: readonly string[] }>;
  freeOutput(hold: { readonly sweepId: string; readonly holder: string }): Promise<void>;
  /** Changes what it is entitled to beside others. */
  share(sweepId: string, change: ShareChange): Promise<void>;
  /** Committed objects: stage, layer in the order of the plan, view, first unit, key. */
  manifest(sweepId: string): Promise<readonly StoredObject[]>;
  agents(): Promise<readonly AgentRecord[]>;
  /** Of one sweep, or of all with an empty id. */
  quarantine(sweepId: string): Promise<readonly QuarantineRecord[]>;
}
