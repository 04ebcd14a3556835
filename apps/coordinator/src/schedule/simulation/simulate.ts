import { expandShards, type SweepPlan } from '@neuron-atlas/spec';
import { createCostModel } from '../cost-model.js';
import { joiningAt, type Share } from '../fair-share.js';
import { loadSeconds, noteLease, offersFor, type Lot, type OpenSweep } from '../offers.js';
import { EventQueue } from './event-queue.js';
import { chance } from './chance.js';

export interface SimulatedSweep {
  readonly plan: SweepPlan;
  readonly weight: number;
  readonly priority?: number;
  readonly maxAgents?: number;
  /** When it is submitted, in seconds. @default 0 */
  readonly at?: number;
}

export interface Scenario {
  readonly sweeps: readonly SimulatedSweep[];
  /** Classes of agents with their speeds, in 10^9 multiply-adds a second. */
  readonly devices: readonly { readonly name: string; readonly count: number; readonly speed: number }[];
  /** Of each agent and hour: it vanishes without a word. */
  readonly preemptedAnHour: number;
  /** Until another stands in its place. */
  readonly replacedAfterSeconds: number;
  /** Time to live of a lease, and the most that a coordinator takes to look. */
  readonly leaseTtlSeconds: number;
  readonly reaperSeconds: number;
  /** How a shard's time varies about what its cost says: deviation of its logarithm. */
  readonly noise: number;
  readonly targetSeconds: number;
  readonly most: number;
  /** How old what is decided on may be. */
  readonly viewSeconds: number;
  readonly seed: number;
}

export interface Outcome {
  readonly makespanSeconds: number;
  /** When agents that did nothing but compute, all the time that they lived, would have been through. */
  readonly lowerBoundSeconds: number;
  /** Of the time that agents lived, until the end: computing shards that were committed. */
  readonly useful: number;
  /** The rest of it, as shares of the same whole. */
  readonly lost: { readonly loading: number; readonly idle: number; readonly dead: number };
  /** The furthest that a sweep's agent-seconds were from its due while all had work, relative to that; over all the time so far, from the fifth minute on. */
  readonly fairnessError: number;
  /** The longest that a sweep with work got no lease. */
  readonly longestDroughtSeconds: number;
  /** The most agents at once on each sweep. */
  readonly mostAgents: readonly number[];
  readonly preemptions: number;
  readonly leases: number;
  readonly shards: number;
  /** What leases took, of those that were planned with a known rate: 10th, 50th, 90th percentile. */
  readonly leaseSeconds: readonly [number, number, number];
  readonly finishedAt: readonly number[];
}

interface LotTruth { readonly lot: Lot; ready: number; done: number; readonly shards: number }
interface SweepTruth { readonly share: Share; readonly lots: readonly LotTruth[]; used: number; left: number; lastLease: number; finishedAt: number; joined: boolean; readonly holders: Set<string>; mostHolders: number; leased: number }
interface AgentTruth {
  readonly id: number; readonly device: string; readonly speed: number; alive: boolean; life: number; lot: LotTruth | undefined; sweep: SweepTruth | undefined;
  queue: number; charged: number; askedAt: number; begunAt: number; leaseAt: number; known: boolean; loaded: LotTruth | undefined;
}
type Event =
  | { readonly kind: 'ask'; readonly agent: AgentTruth; readonly life: number }
  | { readonly kind: 'finish'; readonly agent: AgentTruth; readonly life: number; readonly computed: number; readonly load: number }
  | { readonly kind: 'vanish' | 'stand'; readonly agent: AgentTruth; readonly life: number }
  | { readonly kind: 'reap'; readonly sweep: SweepTruth; readonly lot: LotTruth; readonly shards: number; readonly session: string; readonly charged: number }
  | { readonly kind: 'submit'; readonly sweep: SweepTruth }
  | { readonly kind: 'sample' };

/** How often an agent that got nothing is looked at again, as a parked poll is. */
const lookAgainSeconds = 1;

/**
 * Runs sweeps on agents in simulated time, around the code that decides in the coordinator: what is given to whom, and how much of it.
 *
 * With another `decide` it shows what that would come to.
 */
export function simulate(scenario: Scenario, decide: typeof offersFor = offersFor): Outcome {
  const draw = chance(scenario.seed);
  const model = createCostModel();
  const events = new EventQueue<Event>();
  const sweeps = scenario.sweeps.map(sweepTruth);
  const agents: AgentTruth[] = [];
  for (const { name, count, speed } of scenario.devices) {
    for (let i = 0; i < count; i++) {
      const agent: AgentTruth = { id: agents.length, device: name, speed, alive: true, life: 0, lot: undefined, sweep: undefined, queue: 0, charged: 0, askedAt: 0, begunAt: 0, leaseAt: 0, known: false, loaded: undefined };
      agents.push(agent);
      events.put(draw.uniform(), { kind: 'ask', agent, life: 0 }); // they start within a second
      events.put(draw.exponential(scenario.preemptedAnHour / 3600), { kind: 'vanish', agent, life: 0 });
    }
  }
  for (const [i, sweep] of sweeps.entries()) events.put(scenario.sweeps[i]!.at ?? 0, { kind: 'submit', sweep });
  events.put(60, { kind: 'sample' });

  let [now, preemptions, leases, shards] = [0, 0, 0, 0];
  let [alive, useful, loading] = [0, 0, 0];           // agent-seconds
  let capacity = agents.reduce((sum, { speed }) => sum + speed, 0);
  let living = agents.length;
  const classes = new Map(scenario.devices.map(({ name, count }) => [name, count]));
  let [computed, lowerBound] = [0, Number.NaN];       // cost that agents could have done by now
  const total = sweeps.reduce((sum, { lots }) => sum + lots.reduce((of, { lot, shards: count }) => of + count * lot.cost, 0), 0);
  let fairnessError = 0;
  let drought = 0;
  const spans: number[] = [];
  let view: { readonly at: number; readonly sweeps: readonly OpenSweep[] } | undefined;

  const readView = (): readonly OpenSweep[] => {
    if (view !== undefined && now - view.at <= scenario.viewSeconds) return view.sweeps;
    const warm = new Map<string, number>();
    for (const { alive: lives, lot } of agents) if (lives && lot !== undefined) warm.set(lot.lot.key, (warm.get(lot.lot.key) ?? 0) + 1);
    view = {
      at: now,
      sweeps: sweeps.filter(({ joined, left }) => joined && left > 0).map((sweep): OpenSweep => ({
        share: { ...sweep.share, usedSeconds: sweep.used, leasedSeconds: sweep.leased },
        plugins: [],
        holders: new Set(sweep.holders),
        lots: sweep.lots.filter(({ ready }) => ready > 0).map(({ lot, ready }) => ({ ...lot, left: ready, warm: warm.get(lot.key) ?? 0 })),
      })),
    };
    return view.sweeps;
  };
  const begin = (agent: AgentTruth): void => {
    const { lot, speed } = agent;
    const load = agent.loaded === lot ? 0 : loadSeconds;
    agent.loaded = lot;
    const seconds = (lot!.lot.cost / speed) * Math.exp(scenario.noise * draw.normal());
    agent.begunAt = now;
    events.put(now + load + seconds, { kind: 'finish', agent, life: agent.life, computed: seconds, load });
  };
  const ask = (agent: AgentTruth): void => {
    const open = readView();
    const asking = { session: sessionOf(agent), device: agent.device, plugins: [], lot: agent.lot?.lot.key, waitedSeconds: now - agent.askedAt };
    const offers = decide(open, asking, { targetSeconds: scenario.targetSeconds, most: scenario.most, devices: classes, model });
    for (const offer of offers) {
      const sweep = sweeps.find(({ share }) => share.id === offer.sweep.share.id)!;
      const lot = sweep.lots.find(({ lot: { key } }) => key === offer.lot.key)!;
      const size = Math.min(offer.most, lot.ready); // the view may be a little old
      if (size === 0) continue;
      noteLease(open, offer, size, asking);
      lot.ready -= size;
      agent.known = model.secondsOf({ lot: lot.lot.key, device: agent.device, cost: lot.lot.cost }) !== undefined;
      Object.assign(agent, { lot, sweep, queue: size, charged: offer.seconds, leaseAt: now });
      sweep.holders.add(asking.session);
      sweep.mostHolders = Math.max(sweep.mostHolders, sweep.holders.size);
      sweep.leased += offer.seconds;
      drought = Math.max(drought, now - sweep.lastLease);
      sweep.lastLease = now;
      leases++;
      return begin(agent);
    }
    events.put(now + lookAgainSeconds, { kind: 'ask', agent, life: agent.life });
  };
  const release = (sweep: SweepTruth, session: string, charged: number): void => {
    sweep.holders.delete(session);
    sweep.leased -= charged;
  };

  while (sweeps.some(({ finishedAt }) => Number.isNaN(finishedAt))) {
    const next = events.take();
    if (next === undefined) throw new Error('unreachable: work is left and nothing happens');
    const span = next.at - now;
    if (Number.isNaN(lowerBound) && computed + span * capacity >= total) lowerBound = now + (total - computed) / capacity;
    computed += span * capacity;
    alive += span * living;
    now = next.at;
    const { event } = next;
    switch (event.kind) {
      case 'submit': {
        const running = sweeps.filter(({ joined, left }) => joined && left > 0).map((sweep): Share => ({ ...sweep.share, usedSeconds: sweep.used, leasedSeconds: sweep.leased }));
        Object.assign(event.sweep, { joined: true, lastLease: now, share: { ...event.sweep.share, joinedAt: joiningAt(event.sweep.share, running) } });
        view = undefined;
        break;
      }
      case 'ask':
        if (event.agent.life === event.life && event.agent.alive) ask(event.agent);
        break;
      case 'finish': {
        const { agent } = event;
        if (agent.life !== event.life) break;
        const sweep = agent.sweep!;
        const lot = agent.lot!;
        const each = agent.charged / agent.queue;
        useful += event.computed;
        loading += event.load;
        shards++;
        lot.done++;
        sweep.left--;
        sweep.used += event.computed + event.load;
        sweep.leased -= each;
        agent.charged -= each;
        agent.queue--;
        model.learn({ lot: lot.lot.key, device: agent.device, cost: lot.lot.cost, seconds: event.computed });
        if (sweep.left === 0) sweep.finishedAt = now;
        if (agent.queue > 0) begin(agent);
        else {
          release(sweep, sessionOf(agent), agent.charged);
          if (agent.known) spans.push(now - agent.leaseAt);
          agent.askedAt = now;
          ask(agent);
        }
        break;
      }
      case 'vanish': {
        const { agent } = event;
        if (agent.life !== event.life || !agent.alive) break;
        const session = sessionOf(agent);
        preemptions++;
        agent.alive = false;
        agent.life++;
        living--;
        capacity -= agent.speed;
        classes.set(agent.device, classes.get(agent.device)! - 1);
        if (agent.queue > 0) {
          agent.sweep!.used += now - agent.begunAt;
          events.put(now + scenario.leaseTtlSeconds + scenario.reaperSeconds * draw.uniform(), { kind: 'reap', sweep: agent.sweep!, lot: agent.lot!, shards: agent.queue, session, charged: agent.charged });
        }
        Object.assign(agent, { queue: 0, lot: undefined, sweep: undefined, loaded: undefined });
        events.put(now + scenario.replacedAfterSeconds, { kind: 'stand', agent, life: agent.life });
        break;
      }
      case 'stand': {
        const { agent } = event;
        agent.alive = true;
        living++;
        capacity += agent.speed;
        classes.set(agent.device, classes.get(agent.device)! + 1);
        agent.askedAt = now;
        events.put(now, { kind: 'ask', agent, life: agent.life });
        events.put(now + draw.exponential(scenario.preemptedAnHour / 3600), { kind: 'vanish', agent, life: agent.life });
        break;
      }
      case 'reap':
        event.lot.ready += event.shards;
        release(event.sweep, event.session, event.charged);
        break;
      case 'sample': {
        for (const sweep of sweeps) if (sweep.joined && sweep.lots.some(({ ready }) => ready > 0)) drought = Math.max(drought, now - sweep.lastLease);
        if (now >= 300 && sweeps.every(({ joined, lots }) => joined && lots.some(({ ready }) => ready > 0))) fairnessError = Math.max(fairnessError, unfairness(sweeps, agents, now));
        events.put(now + 60, { kind: 'sample' });
      }
    }
  }
  spans.sort((a, b) => a - b);
  const at = (part: number): number => spans[Math.floor(part * (spans.length - 1))] ?? Number.NaN;
  const dead = sum(sweeps.map(({ used }) => used)) - useful - loading;
  return {
    makespanSeconds: now, lowerBoundSeconds: lowerBound, useful: useful / alive,
    lost: { loading: loading / alive, dead: dead / alive, idle: 1 - (useful + loading + dead) / alive },
    fairnessError, longestDroughtSeconds: drought, mostAgents: sweeps.map(({ mostHolders }) => mostHolders), preemptions, leases, shards, leaseSeconds: [at(0.1), at(0.5), at(0.9)], finishedAt: sweeps.map(({ finishedAt }) => finishedAt),
  };
}

const sessionOf = ({ id, life }: AgentTruth): string => `${id}.${life}`;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function sweepTruth({ plan, weight, priority = 0, maxAgents = 0 }: SimulatedSweep, number: number): SweepTruth {
  const id = `sweep-${number}`;
  const lots = new Map<string, { shards: number; cost: number; readonly stage: string; readonly layer: string; readonly view: number }>();
  for (const { stage, layer, view, cost } of expandShards(plan)) {
    if (stage === 'publish') continue;
    const key = `${id} ${stage} ${layer} ${view}`;
    const lot = lots.get(key) ?? { shards: 0, cost: 0, stage, layer, view };
    lot.shards++;
    lot.cost += cost;
    lots.set(key, lot);
  }
  const truths = [...lots].map(([key, { shards, cost, ...of }]): LotTruth => ({ lot: { key, sweepId: id, ...of, left: shards, cost: cost / shards, warm: 0 }, ready: shards, done: 0, shards }));
  return {
    share: { id, number, priority, weight, maxAgents, usedSeconds: 0, leasedSeconds: 0, joinedAt: 0 },
    lots: truths, used: 0, left: sum(truths.map(({ shards }) => shards)), lastLease: 0, finishedAt: Number.NaN, joined: false, holders: new Set(), mostHolders: 0, leased: 0,
  };
}

/** Agent-seconds so far, running shards included, against each sweep's due; relative, of the worst. */
function unfairness(sweeps: readonly SweepTruth[], agents: readonly AgentTruth[], now: number): number {
  const had = sweeps.map((sweep) => sweep.used + sum(agents.map((agent) => (agent.sweep === sweep && agent.queue > 0 ? now - agent.begunAt : 0))));
  const all = sum(had);
  const weights = sum(sweeps.map(({ share }) => share.weight));
  return Math.max(...sweeps.map(({ share }, i) => Math.abs(had[i]! / ((all * share.weight) / weights) - 1)));
}
