import type { CostModel } from './cost-model.js';
import { byTurn, virtualTime, type Share } from './fair-share.js';
import { leaseSize } from './lease-size.js';

/** Shards that one program works on: a stage, layer and view of a sweep. */
export interface Lot {
  readonly key: string;
  readonly sweepId: string;
  readonly stage: string;
  readonly layer: string;
  readonly view: number;
  /** Shards that nobody has. */
  left: number;
  /** Of one of them, on average. */
  readonly cost: number;
  /** Agents whose last lease was of it: they have its program at hand. */
  warm: number;
}

/** A sweep that runs, with what there is to do. */
export interface OpenSweep<L extends Lot = Lot> {
  share: Share;
  readonly plugins: readonly string[];
  readonly lots: readonly L[];
  /** Sessions that hold a lease of it. */
  readonly holders: Set<string>;
}

/** One that holds no lease, whatever was read a moment ago. */
export interface AskingAgent {
  readonly session: string;
  readonly device: string;
  readonly plugins: readonly string[];
  /** Lot of its last lease. */
  readonly lot: string | undefined;
  /** For how long it has asked in vain, in seconds. */
  readonly waitedSeconds: number;
}

export interface OfferOptions {
  /** What a lease should take; infinite: all that the agent takes, whatever it is. */
  readonly targetSeconds: number;
  /** The most shards that the agent takes. */
  readonly most: number;
  /** Agents that work, by device. */
  readonly devices: ReadonlyMap<string, number>;
  readonly model: CostModel;
}

/** Up to `most` shards of a lot. */
export interface Offer<L extends Lot = Lot> { readonly sweep: OpenSweep<L>; readonly lot: L; readonly most: number; readonly seconds: number }

/** What it takes to have another program at hand: model, compilation, session. Not known here; what was measured is near it. */
export const loadSeconds = 8;

/** How far a sweep may be ahead of its turn for an agent that has its program at hand: what all would have had by so many seconds later. */
const slackSeconds = 10;

/** Lots of a sweep that are offered at once to fill a lease: should others have taken the first ones meanwhile. */
const mostLots = 8;

/** The longest that an agent waits for work that is not another's by right (delay scheduling: Zaharia and others 2010). */
const longestDelaySeconds = Math.min(loadSeconds / 4, 10);

/**
 * What an agent may be given, in order of preference; nothing: it had better ask again.
 *
 * The sweep whose turn it is comes first, but an agent stays with its own while that is not far ahead. Of a sweep it gets its own
 * lot while there is any of it, then the one with most left for each agent that has it at hand. Where all that is left would be
 * done by those who have it at hand before this one had loaded it, it waits a moment, not longer.
 */
export function offersFor<L extends Lot>(sweeps: readonly OpenSweep<L>[], agent: AskingAgent, options: OfferOptions): readonly Offer<L>[] {
  const able = openTo(sweeps, agent);
  const mine = able.find(({ lots }) => lots.some(({ key }) => key === agent.lot));
  const turns = byTurn(able);
  const [first] = turns;
  const weights = able.reduce((sum, { share }) => sum + share.weight, 0);
  const stays = mine !== undefined && first !== undefined && mine.share.priority === first.share.priority
    && virtualTime(mine.share) - virtualTime(first.share) <= (slackSeconds * agentsOf(options)) / weights;
  const order = stays ? [mine, ...turns.filter((sweep) => sweep !== mine)] : turns;
  return order.flatMap((sweep) => offersOf(sweep, agent, options));
}

/** Sweeps with work that an agent may be given. */
export const openTo = <L extends Lot>(sweeps: readonly OpenSweep<L>[], agent: Pick<AskingAgent, 'session' | 'plugins'>): readonly OpenSweep<L>[] =>
  sweeps.filter(({ share, plugins, lots, holders }) => lots.length > 0 && plugins.every((plugin) => agent.plugins.includes(plugin))
    && (share.maxAgents === 0 || others(holders, agent) < share.maxAgents));

const others = (holders: ReadonlySet<string>, { session }: Pick<AskingAgent, 'session'>): number => holders.size - (holders.has(session) ? 1 : 0);
const agentsOf = ({ devices }: Pick<OfferOptions, 'devices'>): number => [...devices.values()].reduce((sum, count) => sum + count, 0);

function offersOf<L extends Lot>(sweep: OpenSweep<L>, agent: AskingAgent, options: OfferOptions): readonly Offer<L>[] {
  const { targetSeconds, most, model } = options;
  const agents = agentsOf(options);
  const secondsOf = (lot: Lot): number | undefined => model.secondsOf({ lot: lot.key, device: agent.device, cost: lot.cost });
  const leftSeconds = sweep.lots.reduce((sum, lot) => sum + lot.left * (secondsOf(lot) ?? targetSeconds), 0);
  const sharing = Math.max(1, Math.min(agents, others(sweep.holders, agent) + 1));
  const offer = (lot: L): Offer<L> => {
    const shardSeconds = secondsOf(lot);
    const size = Math.min(lot.left, leaseSize({ targetSeconds, most, shardSeconds, leftSeconds, agents: sharing }));
    return { sweep, lot, most: size, seconds: size * (shardSeconds ?? targetSeconds) };
  };
  const own = sweep.lots.find((lot) => lot.key === agent.lot && lot.left > 0);
  const forEach = (lot: Lot): number => (lot.left * (secondsOf(lot) ?? targetSeconds)) / (lot.warm + 1);
  const rest = sweep.lots.filter((lot) => lot !== own && lot.left > 0).map((lot) => ({ lot, each: forEach(lot) }));
  if (Number.isFinite(targetSeconds)) rest.sort((a, b) => b.each - a.each); // else they stay in the order of the plan
  // Their own agents are through with these before this one has loaded them.
  const worth = agent.waitedSeconds >= longestDelaySeconds ? rest : rest.filter(({ lot, each }) => lot.warm === 0 || each >= loadSeconds);
  const leftCost = sweep.lots.reduce((sum, { left, cost }) => sum + left * cost, 0);
  return [...(own === undefined ? [] : [own]), ...(Number.isFinite(targetSeconds) ? worth.slice(0, mostLots) : worth).map(({ lot }) => lot)]
    .filter((lot) => agent.waitedSeconds >= 2 * (secondsOf(lot) ?? 0) || !(secondsOf(lot)! > throughSeconds(lot, leftCost, (sharing / agents), options)))
    .map(offer);
}

/**
 * When a shard of a lot would be done that is left to the others, at the latest: after all that is left of its sweep, by the fastest. What takes
 * longer here is better left to them: at the end a slow agent would be waited for. Should they not come, it is given the shard after all, when it has waited
 * for twice as long as it takes for it.
 */
function throughSeconds(lot: Lot, leftCost: number, part: number, { devices, model }: OfferOptions): number {
  let [perSecond, fastest] = [0, Number.POSITIVE_INFINITY];
  for (const [device, count] of devices) {
    const seconds = model.secondsOf({ lot: lot.key, device, cost: lot.cost });
    if (seconds === undefined || !(seconds > 0)) continue;
    perSecond += (part * count) / seconds;
    fastest = Math.min(fastest, seconds);
  }
  return perSecond === 0 ? Number.POSITIVE_INFINITY : leftCost / lot.cost / perSecond + fastest;
}

/** What follows for others who ask before all is read again: the lease is charged, its lot has another agent. */
export function noteLease(sweeps: readonly OpenSweep[], { sweep, lot, seconds }: Offer, shards: number, agent: Pick<AskingAgent, 'lot' | 'session'>): void {
  for (const { holders } of sweeps) holders.delete(agent.session);
  sweep.holders.add(agent.session);
  sweep.share = { ...sweep.share, leasedSeconds: sweep.share.leasedSeconds + seconds };
  lot.left = Math.max(0, lot.left - shards);
  if (agent.lot !== lot.key) lot.warm++;
}
