import { acquire, leasedShards, type PlanJson } from './acquire.js';
import { batched } from './batched.js';
import { commitError, hashed, outcomeOf, type Committed } from './complete.js';
import type { Db } from './database.js';
import type { Commit, LeasedShard } from './store.js';
import { takeTurns, type Turn, type Wish } from './take-turns.js';

/**
 * One statement at a time, and 5 ms in which calls gather once they come together: a statement of one turn takes PostgreSQL some milliseconds, one of 64 takes
 * three times as long, and all of them wait for the same fsync (docs/decisions/0160). Whoever works alone on a shard for a minute does not notice.
 */
const gatherMs = 5;

type Leases = readonly LeasedShard[] | 'session-lost';

/**
 * Commits and requests for work: those that come together share a statement and a transaction, and each of them gets what it would have got
 * alone, or what others left of it.
 */
export interface Turns {
  /** The commit point: manifest and state change together, under the current fence and a living session, or not at all. */
  complete(commit: Commit): Promise<Committed>;
  acquire(wish: Wish): Promise<Leases>;
  /** Both in one transaction; a commit that is fenced gets its leases all the same. Errors are those of the commit, which then has not happened, or of the database. */
  completeAndAcquire(commit: Commit, wish: Wish): Promise<{ readonly committed: Committed; readonly leases: Leases }>;
}

export function createTurns(db: Db, plan: PlanJson): Turns {
  const take = batched((turns: readonly Turn[]) => takeTurns(db, turns), { lanes: 1, most: 64, gatherMs });
  const leasesOf = async (wish: Wish, rows: Awaited<ReturnType<typeof take>>['leases']): Promise<Leases> =>
    (rows === 'alone' ? acquire(db, plan, wish) : rows === 'session-lost' ? rows : leasedShards(rows, plan));
  /** Whoever is kept off some shards looks for others by himself. */
  const choosy = (wish: Wish): boolean => wish.keptOff.length > 0;
  return {
    complete: async (commit) => {
      const turn = hashed(commit);
      const { committed } = await take({ session: commit.session, commit: turn }).catch((error: unknown) => { throw commitError(error, commit); });
      return outcomeOf(db, turn, committed);
    },
    acquire: async (wish) => leasesOf(wish, choosy(wish) ? 'alone' : (await take({ session: wish.session, wish })).leases),
    completeAndAcquire: async (commit, wish) => {
      const turn = hashed(commit);
      const { committed, leases } = await take({ session: commit.session, commit: turn, wish: choosy(wish) ? undefined : wish }).catch((error: unknown) => { throw commitError(error, commit); });
      return { committed: await outcomeOf(db, turn, committed), leases: await leasesOf(wish, choosy(wish) ? 'alone' : leases) };
    },
  };
}
