export interface Chance {
  /** 0 ≤ u < 1. */
  uniform(): number;
  normal(): number;
  /** Until the next of events that come at this rate. */
  exponential(rate: number): number;
}

/** Numbers from a seed: mulberry32, and what is made of it. */
export function chance(seed: number): Chance {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()), // Box and Muller
    exponential: (rate) => (rate > 0 ? -Math.log(1 - uniform()) / rate : Number.POSITIVE_INFINITY),
  };
}
