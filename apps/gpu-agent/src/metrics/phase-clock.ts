/** What an agent's time goes into. */
export const busyPhases = [
  'starting', // until the engine is ready and the agent registered
  'idle',     // waiting for work
  'load',     // models fetched, programs compiled and opened
  'compute',  // the engine works: what the machine is paid for
  'upload',   // results stored and committed
] as const;
export type BusyPhase = (typeof busyPhases)[number];

/** Adds up the time spent in each phase, up to the moment at which it is asked. */
export interface PhaseClock {
  readonly enter: (phase: BusyPhase) => void;
  /** Seconds by phase, the one under way included. */
  readonly seconds: () => ReadonlyMap<BusyPhase, number>;
}

/** `now` is monotonic, in milliseconds. */
export function createPhaseClock(now: () => number): PhaseClock {
  const spentMs = new Map<BusyPhase, number>(busyPhases.map((phase) => [phase, 0]));
  let current: BusyPhase = 'starting';
  let since = now();
  const settle = (): void => {
    const at = now();
    spentMs.set(current, spentMs.get(current)! + at - since);
    since = at;
  };
  return {
    enter: (phase) => {
      settle();
      current = phase;
    },
    seconds: () => {
      settle();
      return new Map([...spentMs].map(([phase, ms]) => [phase, ms / 1000]));
    },
  };
}
