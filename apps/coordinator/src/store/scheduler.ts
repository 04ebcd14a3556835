import type { SweepPlan } from '@neuron-atlas/spec';
import { createCostModel } from '../schedule/cost-model.js';
import { keptOff } from '../schedule/keep-off.js';
import { joiningAt } from '../schedule/fair-share.js';
import { noteLease, offersFor, type AskingAgent, type Offer } from '../schedule/offers.js';
import { sql } from 'kysely';
import { acquirer } from './acquire-together.js';
import { readClusterView, type ClusterView, type ViewedLot } from './cluster-view.js';
import type { Db } from './database.js';
import { expand } from './expand.js';
import { keptView } from './kept-view.js';
import { sampleReader } from './samples.js';
import type { LeasedShard, Policy } from './store.js';
import { takesUnderWay } from './takes-under-way.js';

interface Query { readonly session: string; readonly requestId: string; readonly max: number; readonly targetSeconds?: number }

export interface Scheduler {
  acquire(query: Query): Promise<readonly LeasedShard[] | 'session-lost'>;
  /** A sweep begins or goes on: beside those that run, not before them. */
  join(sweepId: string): Promise<void>;
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
export function createScheduler(db: Db, policy: Policy, plan: { readonly json: (sweepId: string) => Promise<string>; readonly parsed: (sweepId: string) => Promise<SweepPlan> }, now: () => number): Scheduler {
  const model = createCostModel();
  const samples = sampleReader(db);
  const acquire = acquirer(db, plan.json);
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
    const made = plan.parsed(lot.sweepId).then(async (of) => {
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
  const claim = async (query: Query, seen: ClusterView): Promise<{ readonly leases: readonly LeasedShard[] | 'session-lost'; readonly offered: boolean }> => {
    const agent = seen.agents.get(query.session);
    if (agent?.aside === true) return { leases: [], offered: false };
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
    const leases = await underWay.during(taken.map(({ offer: { lot }, count }) => ({ lot: lot.key, count })), () => acquire({
      session: query.session, requestId: query.requestId, max, lots: offers.map(({ lot }) => lot), takes: taken.map(({ offer: { lot }, count }) => ({ lot, count })),
      keptOff: agent === undefined ? [] : keptOff(seen.failed, agent.node, working),
    }));
    const last = leases === 'session-lost' ? undefined : leases.at(-1);
    if (last !== undefined) {
      asking.delete(query.session);
      lastLots.set(query.session, last.lot);
    }
    return { leases, offered: offers.length > 0 || doubted };
  };

  const asked = async (query: Query): Promise<readonly LeasedShard[] | 'session-lost'> => {
    for (let tries = 1; ; tries++) {
      const { leases, offered } = await claim(query, await view.get(policy.viewMs));
      if (leases === 'session-lost' || leases.length > 0 || !offered || tries === mostTries) return leases;
      view.forget(); // others had it, or it was not ready any more
    }
  };
  /** The same request, sent again while it runs, gets the same answer. */
  const running = new Map<string, Promise<readonly LeasedShard[] | 'session-lost'>>();

  return {
    acquire: (query) => {
      const name = `${query.session} ${query.requestId}`;
      const leases = running.get(name) ?? asked(query).finally(() => running.delete(name));
      running.set(name, leases);
      return leases;
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
    forget: view.forget,
  };
}
