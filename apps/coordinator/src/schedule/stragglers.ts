import type { CostModel } from './cost-model.js';
import { loadSeconds } from './offers.js';

/** A session without a lease, for which nothing is ready. */
export interface IdleAgent { readonly session: string; readonly node: string; readonly device: string; readonly plugins: readonly string[] }

/** A lease of a session that lives. */
export interface HeldLease {
  readonly sweepId: string;
  readonly seq: number;
  readonly fence: bigint;
  readonly session: string;
  /** Of its session. */
  readonly device: string;
  readonly lot: string;
  readonly cost: number;
  /** What an agent must have to work on it. */
  readonly plugins: readonly string[];
  readonly failedNodes: readonly string[];
  /** Whether its sweep is neither paused nor over. */
  readonly running: boolean;
  /** For how long its agent has worked on it; 0: not at all, as far as it has said. */
  readonly begunSeconds: number;
  /** Of its work, 0..1. */
  readonly fraction: number;
  /** Pieces that it could be cut into; 1: it stays whole. */
  readonly batches: number;
  /** To yield, under this fence: so lately that it may still come, or in vain. */
  readonly asked: 'no' | 'lately' | 'in vain';
}

export interface YieldOptions {
  readonly model: CostModel;
  /** Of sweeps with a quota: agents that may still join those that work on it. */
  readonly room: ReadonlyMap<string, number>;
}

/** What a shard is planned to take on a CPU (libs/spec, `targetShardCost`), while nothing is known of it. */
const plannedSeconds = 40;

/** Until whoever is idle could begin with what is asked for now: its holder is told by its next heartbeat, 7 s later on average, and gives it back; then comes loading. */
const beginsAfterSeconds = 10 + loadSeconds;

/**
 * A shard that is worked on is cut only where more than this is left of it: half of the rest must be clearly more than to be told, to load and to
 * make the batch again that was under way.
 */
const worthSeconds = 60;

/** From here on a shard's own pace counts; before that most of its time was loading. */
const tellingFraction = 0.05;

/** Of one round; the next comes in seconds. */
const mostAsked = 256;

interface Taker { readonly agent: IdleAgent; readonly sweeps: Set<string>; seconds: number }
interface Holder { readonly atWork: HeldLease; readonly waiting: HeldLease[]; seconds: number }

/**
 * The leases that are to be given back because agents have nothing to do; `held` has each session's in the order in which it works on them.
 *
 * First those that nobody has begun, the last one of whoever has most before him, as long as an idle agent would be through with it
 * sooner than its holder. Then, for agents that are still idle, long shards that are worked on, one for each, to be cut in two.
 */
export function leasesToYield(idle: readonly IdleAgent[], held: readonly HeldLease[], { model, room }: YieldOptions): readonly HeldLease[] {
  const takers = idle.map((agent): Taker => ({ agent, sweeps: new Set(), seconds: beginsAfterSeconds }));
  const left = new Map(room);
  const able = ({ agent, sweeps }: Taker, { sweepId, plugins, failedNodes }: HeldLease): boolean => plugins.every((plugin) => agent.plugins.includes(plugin))
    && !failedNodes.includes(agent.node) && (sweeps.has(sweepId) || (left.get(sweepId) ?? 1) > 0);
  const give = (taker: Taker, { sweepId }: HeldLease, seconds: number): void => {
    if (!taker.sweeps.has(sweepId) && left.has(sweepId)) left.set(sweepId, left.get(sweepId)! - 1);
    taker.sweeps.add(sweepId);
    taker.seconds += seconds;
  };
  const soonest = (lease: HeldLease): Taker | undefined => takers.filter((taker) => able(taker, lease))
    .reduce<Taker | undefined>((best, taker) => (best === undefined || taker.seconds < best.seconds ? taker : best), undefined);
  const secondsFor = (lease: HeldLease, { device }: { readonly device: string }): number => model.secondsOf({ ...lease, device }) ?? model.secondsOf(lease) ?? plannedSeconds;
  /** How many times as long it takes there; 1 where that is not known. */
  const slower = (lease: HeldLease, { device }: IdleAgent): number => (model.secondsOf({ ...lease, device }) ?? Number.NaN) / (model.secondsOf(lease) ?? Number.NaN) || 1;

  for (const lease of held) {
    if (lease.asked !== 'lately') continue;
    const taker = soonest(lease);
    if (taker !== undefined) give(taker, lease, secondsFor(lease, taker.agent) * (isBegun(lease) ? (1 - lease.fraction) / 2 : 1));
  }
  const asked: HeldLease[] = [];
  const holders = holdersOf(held, model);
  const busy = new Set(holders);
  while (busy.size > 0 && asked.length < mostAsked) {
    const holder = [...busy].reduce((most, each) => (each.seconds > most.seconds ? each : most));
    const lease = holder.waiting.pop();
    const taker = lease === undefined ? undefined : soonest(lease);
    if (lease === undefined || taker === undefined || taker.seconds + secondsFor(lease, taker.agent) >= holder.seconds) {
      busy.delete(holder); // what else he holds stays where it is: he is through with it sooner still
      continue;
    }
    give(taker, lease, secondsFor(lease, taker.agent));
    holder.seconds -= secondsFor(lease, lease);
    asked.push(lease);
  }
  const longest = holders.map(({ atWork }) => ({ lease: atWork, seconds: secondsLeft(atWork, model) ?? 0 }))
    .filter(({ lease, seconds }) => lease.running && lease.asked === 'no' && isBegun(lease) && seconds > worthSeconds).sort((a, b) => b.seconds - a.seconds);
  for (const { lease, seconds } of longest) {
    const taker = takers.find((each) => each.sweeps.size === 0 && able(each, lease)
      && cutIsThroughAfter(lease, seconds, slower(lease, each.agent)) < seconds);
    if (taker === undefined || asked.length === mostAsked) continue;
    give(taker, lease, seconds / 2);
    asked.push(lease);
  }
  return asked;
}

const isBegun = ({ begunSeconds, fraction }: HeldLease): boolean => begunSeconds > 0 || fraction > 0;

/** What is left of a shard for its holder; undefined where nothing like it was seen and it has not come far enough to tell. */
function secondsLeft(lease: HeldLease, model: CostModel): number | undefined {
  const { begunSeconds, fraction } = lease;
  if (begunSeconds > 0 && fraction >= tellingFraction) return (begunSeconds * (1 - fraction)) / fraction;
  const whole = model.secondsOf(lease);
  return whole === undefined ? undefined : whole * (1 - fraction);
}

function holdersOf(held: readonly HeldLease[], model: CostModel): readonly Holder[] {
  const bySession = new Map<string, HeldLease[]>();
  for (const lease of held) bySession.set(lease.session, [...bySession.get(lease.session) ?? [], lease]);
  return [...bySession.values()].map((leases): Holder => {
    const atWork = leases.find(isBegun) ?? leases[0]!; // of one that was not heard of yet
    return {
      atWork,
      waiting: leases.filter((lease) => lease !== atWork && !isBegun(lease) && lease.running && lease.asked === 'no'),
      seconds: leases.reduce((sum, lease) => sum + (lease.asked === 'lately' ? 0 : secondsLeft(lease, model) ?? plannedSeconds), 0),
    };
  });
}

/** When both halves of what is left are done, if it is cut; never where there are no two batches. The batch that is under way is made again; `slower`: times of the other agent. */
function cutIsThroughAfter({ batches, fraction }: HeldLease, seconds: number, slower: number): number {
  const left = batches - Math.floor(fraction * batches);
  if (left < 2) return Number.POSITIVE_INFINITY;
  const batchSeconds = seconds / (batches * (1 - fraction));
  return Math.max(Math.ceil(left / 2) * batchSeconds, beginsAfterSeconds + Math.floor(left / 2) * batchSeconds * slower);
}
