export interface LeaseRequest {
  /** What a lease should take, in seconds. */
  readonly targetSeconds: number;
  /** The most shards that a lease may have. */
  readonly most: number;
  /** What a shard takes on this agent; undefined: nothing like it was tried. */
  readonly shardSeconds: number | undefined;
  /** What is left of the sweep that nobody has, in seconds of one agent. */
  readonly leftSeconds: number;
  /** Agents that share it, this one included. */
  readonly agents: number;
}

/**
 * Shards in a lease: as many as fill the target, one as a probe where nothing is known, and fewer towards the end, when a
 * lease is at most half of an agent's part of what is left (guided self-scheduling: Polychronopoulos and Kuck 1987).
 */
export function leaseSize({ targetSeconds, most, shardSeconds, leftSeconds, agents }: LeaseRequest): number {
  if (shardSeconds === undefined || !(shardSeconds > 0)) return 1;
  const seconds = Math.min(targetSeconds, leftSeconds / (2 * Math.max(1, agents)));
  return Math.max(1, Math.min(most, Math.floor(seconds / shardSeconds)));
}
