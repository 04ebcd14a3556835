import { seeded } from '../seeded.js';

export interface ScheduledFault<Kind extends string> {
  readonly kind: Kind;
  /** Whom it meets, how hard, how long: uniform in [0, 1), for the fault to make of it what it can. */
  readonly who: number;
  readonly size: number;
  /** From the fault before to this one, uniform in [0, 1). */
  readonly gap: number;
}

/**
 * `count` faults in an order that follows from the seed: as many of each kind as the weights say, at least one where
 * there is room for one of each.
 */
export function faultSchedule<Kind extends string>(seed: number, count: number, weights: Readonly<Record<Kind, number>>): readonly ScheduledFault<Kind>[] {
  const random = seeded(seed);
  const kinds = Object.keys(weights) as Kind[];
  const total = kinds.reduce((sum, kind) => sum + weights[kind], 0);
  const drawn = count >= kinds.length ? [...kinds] : [];
  while (drawn.length < count) {
    let left = random() * total;
    drawn.push(kinds.find((kind) => (left -= weights[kind]) < 0) ?? kinds[0]!);
  }
  for (let i = drawn.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [drawn[i], drawn[j]] = [drawn[j]!, drawn[i]!];
  }
  return drawn.map((kind) => ({ kind, who: random(), size: random(), gap: random() }));
}
