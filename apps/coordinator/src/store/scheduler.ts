import type { SweepPlan } from '@neuron-atlas/spec';
import { createCostModel } from '../schedule/cost-model.js';
import { keptOff } from '../schedule/keep-off.js';
import { joiningAt } from '../schedule/fair-share.js';
import { noteLease, offersFor, type AskingAgent, type Offer } from '../schedule/offers.js';
import { sql } from 'kysely';
import { askToYield } from './ask-to-yield.js';
import { lotKey, readClusterView, type ClusterView, type ViewedLot } from './cluster-view.js';
import type { Committed } from './complete.js';
import type { Db } from './database.js';
import { expand } from './expand.js';
import { keptView } from './kept-view.js';
import { sampleReader } from './samples.js';
import type { Claim, Commit, LeasedShard, Policy, Wanted } from './store.js';
import { takesUnderWay } from './takes-under-way.js';
import type { Wish } from './take-turns.js';
import type { Turns } from './turns.js';

type Query = Wanted & { readonly session: string }

type Leases = readonly LeasedShard[] | 'session-lost';

export interface Scheduler {
  acquire(query: Query): Promise<Leases>;
  /** Commits and asks for work in one transaction, once: where others had what it was sent for it gets nothing, and asks again. */
  completeAndAcquire(commit: Commit, query: Query): Promise<{ readonly committed: Committed; readonly leases: Leases }>;
  /** A sweep begins or goes on: beside those that run, not before them. */
  join(sweepId: string): Promise<void>;
  /** Leases that are to be given back to agents that have nothing to do; once for each. */
  askToYield(): Promise<readonly Claim[]>;
  /** Something was changed here that decisions depend on. */
  forget(): void;
}

/** Beyond this one more offer changes nothing: so many lots are not emptied by others within a view's life. */
const mostOffers = 64;

/** Of one request. Whoever gets nothing then asks again in a second. */
const mostTries = 3;

/**
 * Decides who gets what, by a view of the cluster that is kept for a moment, and has it claimed.
 *
 * What is decided can be wrong only in being less fair or less quick: what is claimed is what is ready when it is claimed, under the fence.
 */
export function createScheduler(db: Db, policy: Policy, turns: Turns, parsedPlan: (sweepId: string) => Promise<SweepPlan>, now: () => number): Scheduler {
  const model = createCostModel();
  const samples = sampleReader(db);
  /** Of sessions: the lot of the last lease, and since when they ask in vain. */
  const lastLots = new Map<string, string>();
  const asking = new Map<string, number>();
  const underWay = takesUnderWay();
  /** Whether the last view may show less than there is. */
  let doubted = false;
  const view = keptView(async () => {
    for (const sample of await samples()) model.learn(sample);
    const { found, takes } = await underWay.beside(() => readClusterView(db, model, lastLots));
    const lots = new Map(found.sweeps.flatMap((sweep) => sweep.lots.map((lot) => [lot.key, lot])));
    for (const { lot: key, count } of takes) {
      const lot = lots.get(key);
      if (lot === undefined) continue;
      lot.left = Math.max(0, lot.left - count);
      lot.ready -= count;
    }
    doubted = takes.length > 0;
    for (const kept of [lastLots, asking]) for (const session of kept.keys()) if (!found.agents.has(session)) kept.delete(session);
    return found;
  }, now);

  const expanding = new Map<string, Promise<boolean>>();
  const expandOnce = (lot: ViewedLot, seq: number): Promise<boolean> => {
    const under = expanding.get(lot.key);
    if (under !== undefined) return under;
    const made = parsedPlan(lot.sweepId).then(async (of) => {
      if (!await expand(db, of, lot.sweepId, { ...lot, seq }, policy.windowShards)) return false;
      lot.ready += policy.windowShards;
      return true;
    }).finally(() => expanding.delete(lot.key));
    expanding.set(lot.key, made);
    return made;
  };
  /** How many of each offer, in their order: all that is wanted of the first, the rest of the next. */
  const share = (offers: readonly Offer<ViewedLot>[], max: number): readonly { readonly offer: Offer<ViewedLot>; readonly count: number }[] => {
    let wanted = max;
    return offers.flatMap((offer) => {
      const count = Math.min(wanted, offer.lot.left);
      wanted -= count;
      return count > 0 ? [{ offer, count }] : [];
    });
  };
  /** What a request gets, noted as if it had it; undefined where its agent gets no work for now. */
  const decide = async (query: Query, seen: ClusterView): Promise<{ readonly wish: Wish; readonly offered: boolean } | undefined> => {
    const agent = seen.agents.get(query.session);
    if (agent?.aside === true) return undefined;
    const since = asking.get(query.session) ?? now();
    asking.set(query.session, since);
    const fitted = query.targetSeconds !== undefined;
    const asks: AskingAgent = {
      session: query.session, device: agent?.device ?? '', plugins: agent?.plugins ?? [], lot: fitted ? lastLots.get(query.session) : undefined,
      waitedSeconds: fitted ? (now() - since) / 1000 : Number.POSITIVE_INFINITY,
    };
    const offers = agent === undefined ? [] : offersFor(seen.sweeps, asks, { targetSeconds: query.targetSeconds ?? Number.POSITIVE_INFINITY, most: query.max, devices: seen.devices, model }).slice(0, mostOffers);
    const max = fitted ? Math.min(query.max, offers[0]?.most ?? 1) : query.max;
    const taken = share(offers, max);
    // Before it is claimed: whoever asks meanwhile is not sent for the same shards.
    for (const { offer, count } of taken) {
      noteLease(seen.sweeps, { ...offer, seconds: (offer.seconds / Math.max(1, offer.most)) * count }, count, asks);
      offer.lot.ready -= count; // below 0: so many rows are still to be made
    }
    for (const { offer: { lot } } of taken) if (lot.ready < 0 && lot.seq !== undefined) await expandOnce(lot, lot.seq);
    const working = [...seen.agents.values()].filter(({ aside }) => !aside);
    return {
      wish: {
        session: query.session, requestId: query.requestId, max, lots: offers.map(({ lot }) => lot), takes: taken.map(({ offer: { lot }, count }) => ({ lot, count })),
        keptOff: agent === undefined ? [] : keptOff(seen.failed, agent.node, working),
      },
      offered: offers.length > 0 || doubted,
    };
  };
  const during = <T>({ takes }: Wish, claim: () => Promise<T>): Promise<T> => underWay.during(takes.map(({ lot, count }) => ({ lot: lotKey({ ...lot, sweep_id: lot.sweepId }), count })), claim);
  const noted = (session: string, leases: Leases): void => {
    const last = leases === 'session-lost' ? undefined : leases.at(-1);
    if (last === undefined) return;
    asking.delete(session);
    lastLots.set(session, last.lot);
  };

  const asked = async (query: Query): Promise<Leases> => {
    for (let tries = 1; ; tries++) {
      const decided = await decide(query, await view.get(policy.viewMs));
      if (decided === undefined) return [];
      const leases = await during(decided.wish, () => turns.acquire(decided.wish));
      noted(query.session, leases);
      if (leases === 'session-lost' || leases.length > 0 || !decided.offered || tries === mostTries) return leases;
      view.forget(); // others had it, or it was not ready any more
    }
  };
  /** The same request, sent again while it runs, gets the same answer. */
  const running = new Map<string, Promise<Leases>>();

  return {
    acquire: (query) => {
      const name = `${query.session} ${query.requestId}`;
      const leases = running.get(name) ?? asked(query).finally(() => running.delete(name));
      running.set(name, leases);
      return leases;
    },
    completeAndAcquire: async (commit, query) => {
      // A commit waits for nothing: what is wrong with handing out work is told to whoever asks for work alone.
      const decided = await view.get(policy.viewMs).then((seen) => decide(query, seen)).catch(() => undefined);
      if (decided === undefined) return { committed: await turns.complete(commit), leases: [] };
      const { committed, leases } = await during(decided.wish, () => turns.completeAndAcquire(commit, decided.wish));
      noted(query.session, leases);
      return { committed, leases };
    },
    join: async (sweepId) => {
      view.forget();
      const { sweeps } = await view.get(0);
      const own = sweeps.find(({ share }) => share.id === sweepId)?.share;
      if (own === undefined) return;
      const joined = joiningAt(own, sweeps.filter(({ lots, holders }) => lots.length > 0 || holders.size > 0).map(({ share }) => share));
      await sql`UPDATE sweep SET joined_at = ${joined}::double precision WHERE id = ${sweepId}`.execute(db);
      view.forget();
    },
    askToYield: async () => askToYield(db, policy, model, await view.get(policy.viewMs)),
    forget: view.forget,
  };
}
