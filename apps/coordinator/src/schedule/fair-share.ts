/** What a sweep is entitled to, and what it has had. */
export interface Share {
  readonly id: string;
  /** Order of submission. */
  readonly number: number;
  /** A band: while one with a higher number has work, lower ones get nothing. */
  readonly priority: number;
  /** Within its band a sweep gets agent-seconds in proportion to it; above 0. */
  readonly weight: number;
  /** Agents that may work on it at once; 0: as many as there are. */
  readonly maxAgents: number;
  /** Agent-seconds of shards that have ended. */
  readonly usedSeconds: number;
  /** Of shards that are leased, as they are estimated: charged when they are handed out. */
  readonly leasedSeconds: number;
  /** Where it joined: nobody saves up for the time in which he did not run, or was not there. In virtual seconds. */
  readonly joinedAt: number;
}

// vtime = joined at + (used + leased) / weight   (stride scheduling: Waldspurger and Weihl 1995)
export const virtualTime = (share: Pick<Share, 'joinedAt' | 'usedSeconds' | 'leasedSeconds' | 'weight'>): number =>
  share.joinedAt + (share.usedSeconds + share.leasedSeconds) / share.weight;

/** Whose turn it is: higher bands first, then who has had least for his weight, then the older. */
export function byTurn<T extends { readonly share: Share }>(sweeps: readonly T[]): readonly T[] {
  return sweeps.toSorted((a, b) => b.share.priority - a.share.priority || virtualTime(a.share) - virtualTime(b.share) || a.share.number - b.share.number);
}

/** Where a sweep begins, or goes on after it stood still, so that its virtual time is not below that of any that run: what it adds to its own time. */
export function joiningAt(sweep: Share, running: readonly Share[]): number {
  const own = virtualTime({ ...sweep, joinedAt: 0 });
  const others = running.filter(({ id, priority }) => id !== sweep.id && priority === sweep.priority).map(virtualTime);
  return others.length === 0 ? sweep.joinedAt : Math.max(sweep.joinedAt, Math.min(...others) - own);
}
