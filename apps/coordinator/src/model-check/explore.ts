import { movesFrom, type Move, type ProtocolState, type Rules } from './lease-protocol.js';

export interface Exploration {
  readonly states: number;
  readonly moves: number;
  /** The first broken promise, with the shortest way to it. */
  readonly broken: { readonly promise: string; readonly trace: readonly string[] } | undefined;
  /** States from which no way leads to every shard being done. */
  readonly stuck: number;
}

/** Visits every state that can be reached, breadth first, and checks every move; stops at the first broken promise. */
export function explore(start: ProtocolState, rules: Rules): Exploration {
  const states: ProtocolState[] = [start];
  const number = new Map<string, number>([[JSON.stringify(start), 0]]);
  const cameFrom: { readonly state: number; readonly name: string }[] = [{ state: -1, name: 'start' }];
  const before: number[][] = [[]];
  let moves = 0;
  for (let at = 0; at < states.length; at++) {
    const state = states[at]!;
    for (const move of movesFrom(state, rules)) {
      moves++;
      const promise = brokenBy(state, move);
      if (promise !== undefined) return { states: states.length, moves, broken: { promise, trace: [...traceTo(cameFrom, at), move.name] }, stuck: 0 };
      const key = JSON.stringify(move.to);
      let to = number.get(key);
      if (to === undefined) {
        to = states.push(move.to) - 1;
        number.set(key, to);
        cameFrom.push({ state: at, name: move.name });
        before.push([]);
      }
      before[to]!.push(at);
    }
  }
  return { states: states.length, moves, broken: undefined, stuck: states.length - finishing(states, before) };
}

function brokenBy(from: ProtocolState, { to, changed, granted }: Move): string | undefined {
  if (changed !== undefined && from.shards[changed.shard]!.claim !== changed.by) return 'no call under an old claim changes a shard';
  if (granted !== undefined && from.answered.includes(granted)) return 'a request is given work once';
  for (const [shard, row] of from.shards.entries()) {
    const then = to.shards[shard]!;
    if (row.state === 'done' && JSON.stringify(then) !== JSON.stringify(row)) return 'what is committed stays as it is';
    if (then.fence < row.fence) return 'a fence never falls';
    if (then.state === 'leased' && to.sessions[then.session] !== true) return 'no dead session holds a lease';
    if (then.state === 'done' && row.state !== 'done' && changed === undefined) return 'only a completion commits';
  }
  return undefined;
}

function traceTo(cameFrom: readonly { readonly state: number; readonly name: string }[], at: number): readonly string[] {
  const trace: string[] = [];
  for (let i = at; i > 0; i = cameFrom[i]!.state) trace.unshift(cameFrom[i]!.name);
  return trace;
}

/** How many states can still come to an end with all shards done: found backwards from those that have. */
function finishing(states: readonly ProtocolState[], before: readonly (readonly number[])[]): number {
  const queue = states.flatMap(({ shards }, i) => (shards.every(({ state }) => state === 'done') ? [i] : []));
  const seen = new Set(queue);
  for (let i = 0; i < queue.length; i++) {
    for (const earlier of before[queue[i]!]!) {
      if (seen.has(earlier)) continue;
      seen.add(earlier);
      queue.push(earlier);
    }
  }
  return seen.size;
}
