/** A claim on a shard as an agent holds it; `claim` numbers the claims of a shard and is known to the observer only. */
export interface Claim { readonly shard: number; readonly session: number; readonly fence: number; readonly claim: number }

/** A call that was sent: it may arrive at any later time, any number of times, or never. */
export interface Message extends Claim {
  readonly kind: 'complete' | 'fail' | 'release';
  /** Of a completion that asks for work, too: its request, named by the claim that it completes. */
  readonly request?: string;
}

export interface ShardState {
  readonly state: 'ready' | 'leased' | 'done';
  readonly fence: number;
  readonly session: number;
  readonly claim: number;
  /** That the lease was given for; '' where the agent asked for nothing but work. */
  readonly request: string;
}

export interface AgentState {
  readonly session: number;
  readonly holds: Claim | null;
  /** The request that it waits for an answer to. */
  readonly awaits: string;
}

export interface ProtocolState {
  readonly shards: readonly ShardState[];
  /** Of every session ever, whether the database has it as alive. */
  readonly sessions: readonly boolean[];
  readonly agents: readonly AgentState[];
  readonly network: readonly Message[];
  /** Requests beside completions that were given something. */
  readonly answered: readonly string[];
  /** Losses, crashes, expiries and failures that may still happen. */
  readonly faultsLeft: number;
}

/** What the database checks. A check that is off is a bug that the exploration must find. `asksWithCommits`: whether agents ask for more with a completion, too. */
export interface Rules { readonly checksFence: boolean; readonly checksSession: boolean; readonly raisesFence: boolean; readonly remembersRequests: boolean; readonly asksWithCommits: boolean }

export interface Move {
  readonly name: string;
  readonly to: ProtocolState;
  /** Set where a call changed a shard: the claim that the call was made under. */
  readonly changed?: { readonly shard: number; readonly by: number } | undefined;
  /** Set where a request beside a completion was given a shard that it had not been given before. */
  readonly granted?: string | undefined;
}

export function initialState(agents: number, shards: number, faults: number): ProtocolState {
  return {
    shards: Array.from({ length: shards }, () => ({ state: 'ready', fence: 0, session: -1, claim: 0, request: '' })),
    sessions: Array.from({ length: agents }, () => true),
    agents: Array.from({ length: agents }, (_, session) => ({ session, holds: null, awaits: '' })),
    network: [],
    answered: [],
    faultsLeft: faults,
  };
}

/**
 * Everything that can happen next in the lease and commit protocol of the coordinator.
 *
 * Clocks are no part of it: a lease may end at any moment, and an agent may believe in a dead one for ever, which is what
 * jumps of either clock, pauses and partitions come to. A message that was sent stays in the network.
 */
export function movesFrom(state: ProtocolState, rules: Rules): readonly Move[] {
  return [
    ...state.agents.flatMap((_, agent) => movesOfAgent(state, agent, rules)),
    ...state.network.flatMap((message) => deliver(state, message, rules)),
    ...state.sessions.flatMap((alive, session) => (alive && state.faultsLeft > 0 ? [{ name: `session ${session} expires`, to: fault(endSession(state, session)) }] : [])),
  ];
}

function movesOfAgent(state: ProtocolState, agent: number, rules: Rules): readonly Move[] {
  const { session, holds, awaits } = state.agents[agent]!;
  const moves: Move[] = [];
  const alive = state.sessions[session] === true;
  if (alive && holds === null && awaits === '') {
    for (const [shard, row] of state.shards.entries()) {
      if (row.state === 'ready') {
        const claimed = withShard(state, shard, taken(row, session, '', rules));
        moves.push({ name: `agent ${agent} acquires ${shard}`, to: learn(claimed, agent, shard) });
        if (state.faultsLeft > 0) moves.push({ name: `agent ${agent} acquires ${shard}, the reply is lost`, to: fault(claimed) });
      } else if (row.state === 'leased' && row.session === session) {
        moves.push({ name: `agent ${agent} asks again for ${shard}`, to: learn(state, agent, shard) });
        if (state.faultsLeft > 0) moves.push({ name: `${shard} goes unnamed by agent ${agent} for a time to live`, to: fault(withShard(state, shard, freed(row))) });
      }
    }
  }
  if (!alive) moves.push({ name: `agent ${agent} registers anew`, to: newSession(state, agent) });
  if (state.faultsLeft > 0) moves.push({ name: `agent ${agent} is killed and starts again`, to: fault(newSession(endSession(state, session), agent)) });
  if (holds !== null) {
    moves.push({ name: `agent ${agent} sends complete`, to: send(state, agent, { ...holds, kind: 'complete' }) });
    const request = `${session}/${holds.shard}/${holds.claim}`;
    if (rules.asksWithCommits) moves.push({ name: `agent ${agent} sends complete and asks for more`, to: awaiting(send(state, agent, { ...holds, kind: 'complete', request }), agent, request) });
    if (state.faultsLeft > 0) {
      for (const kind of ['fail', 'release'] as const) moves.push({ name: `agent ${agent} sends ${kind}`, to: fault(send(state, agent, { ...holds, kind })) });
    }
  }
  return moves;
}

function deliver(state: ProtocolState, message: Message, rules: Rules): readonly Move[] {
  const row = state.shards[message.shard]!;
  const valid = row.state === 'leased'
    && (!rules.checksFence || row.fence === message.fence)
    && (!rules.checksSession || (row.session === message.session && state.sessions[message.session] === true));
  const then: ShardState = message.kind === 'complete' ? { ...row, state: 'done', session: -1, request: '' } : freed(row);
  const ended = valid ? withShard(state, message.shard, then) : state; // else it is answered as fenced, or as committed already: nothing changes
  const name = `${message.kind} of shard ${message.shard}, session ${message.session}, fence ${message.fence} arrives`;
  const changed = valid ? { shard: message.shard, by: message.claim } : undefined;
  if (message.request === undefined) return valid ? [{ name, to: ended, changed }] : [];
  return answers(ended, message.session, message.request, rules).flatMap(({ to, of, granted }): readonly Move[] => {
    const what = `${name}, asking for more: ${of}`;
    const lost = to !== state || granted !== undefined ? [{ name: `${what}, the reply is lost`, to: fault(to), changed, granted }] : [];
    return [{ name: what, to: hear(to, message.session, message.request!), changed, granted }, ...(state.faultsLeft > 0 ? lost : [])];
  });
}

/** What a request beside a completion may get: what is left of what it got before, else any shard that is ready, or nothing; a shard that this call commits is not ready. */
function answers(state: ProtocolState, session: number, request: string, rules: Rules): readonly { readonly to: ProtocolState; readonly of: string; readonly granted?: string }[] {
  if (state.sessions[session] !== true) return [{ to: state, of: 'no session' }];
  if (rules.remembersRequests && state.answered.includes(request)) return [{ to: state, of: 'again' }];
  const answered = state.answered.includes(request) ? state.answered : [...state.answered, request].sort();
  const ready = state.shards.flatMap((row, shard) => (row.state === 'ready' ? [shard] : []));
  return [
    { to: state, of: 'nothing' }, // others took it
    ...ready.map((shard) => ({ to: { ...withShard(state, shard, taken(state.shards[shard]!, session, request, rules)), answered }, of: String(shard), granted: request })),
  ];
}

/** The answer to a request reaches the agent that waits for it, and nobody else: with the lease that was given for it, if there is one. */
function hear(state: ProtocolState, session: number, request: string): ProtocolState {
  const agent = state.agents.findIndex(({ awaits }) => awaits === request);
  if (agent < 0) return state;
  const shard = state.shards.findIndex((row) => row.state === 'leased' && row.session === session && row.request === request);
  const heard = { ...state, agents: state.agents.with(agent, { ...state.agents[agent]!, awaits: '' }) };
  return shard < 0 ? heard : learn(heard, agent, shard);
}

const taken = (row: ShardState, session: number, request: string, rules: Rules): ShardState =>
  ({ state: 'leased', session, fence: row.fence + (rules.raisesFence ? 1 : 0), claim: row.claim + 1, request });

const awaiting = (state: ProtocolState, agent: number, request: string): ProtocolState => ({ ...state, agents: state.agents.with(agent, { ...state.agents[agent]!, awaits: request }) });

const freed = (row: ShardState): ShardState => ({ ...row, state: 'ready', session: -1, request: '' });

const fault = (state: ProtocolState): ProtocolState => ({ ...state, faultsLeft: state.faultsLeft - 1 });

const withShard = (state: ProtocolState, shard: number, row: ShardState): ProtocolState => ({ ...state, shards: state.shards.with(shard, row) });

function learn(state: ProtocolState, agent: number, shard: number): ProtocolState {
  const { session, fence, claim } = state.shards[shard]!;
  return { ...state, agents: state.agents.with(agent, { ...state.agents[agent]!, holds: { shard, session, fence, claim } }) };
}

function endSession(state: ProtocolState, session: number): ProtocolState {
  return {
    ...state, sessions: state.sessions.with(session, false),
    shards: state.shards.map((row) => (row.state === 'leased' && row.session === session ? freed(row) : row)),
  };
}

const newSession = (state: ProtocolState, agent: number): ProtocolState => ({
  ...state, sessions: [...state.sessions, true], agents: state.agents.with(agent, { session: state.sessions.length, holds: null, awaits: '' }),
});

function send(state: ProtocolState, agent: number, message: Message): ProtocolState {
  const network = state.network.some((other) => JSON.stringify(other) === JSON.stringify(message)) ? state.network
    : [...state.network, message].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { ...state, network, agents: state.agents.with(agent, { ...state.agents[agent]!, holds: null }) };
}
