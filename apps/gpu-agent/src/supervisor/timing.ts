/** Every time of the supervisor that the coordinator does not decide, in milliseconds. */
export interface Timing {
  /** Longest wait of one poll for work; the coordinator caps it at 20 s. */
  readonly pollMs: number;
  /** Deadline of one short call. */
  readonly callMs: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** No answer and no fresh channel for so long: the channel is rebuilt. grpc-js can hang in CONNECTING for ever. */
  readonly rebuildMs: number;
  /** A lease is trusted for this share of its time to live, counted from when its last renewal was sent. */
  readonly trustShare: number;
  /** Silence of the engine after which it is killed, at least; of a model beyond 2 GiB after more. */
  readonly stallMs: number;
  /** How long a cancelled engine may finish its chunk before it is killed. */
  readonly cancelGraceMs: number;
  readonly engineStartMs: number;
  /** How long a store that cannot be reached is waited for under a lease before the shard is given up. */
  readonly storePatienceMs: number;
  /** After a stop was asked: how long uploads, commits and releases may still take. */
  readonly drainMs: number;
}

export const defaultTiming: Timing = {
  pollMs: 20_000,
  callMs: 10_000,
  backoffBaseMs: 100,
  backoffMaxMs: 5_000,
  rebuildMs: 30_000,
  trustShare: 0.8,
  stallMs: 120_000,
  cancelGraceMs: 3_000,
  engineStartMs: 120_000,
  storePatienceMs: 600_000,
  drainMs: 4_000,
};
