/** Random numbers that depend on a seed and a purpose alone (libs/synthesis randomStream). */
export interface Draws {
  /** A whole number, 0 to bound − 1. */
  below(bound: number): number;
  /** A standard normal draw. */
  normal(): number;
}

/** A stream for each purpose: what one draws does not shift another. */
export type DrawsFor = (purpose: string) => Draws;

/** 0 … count − 1 in an order that is drawn (Fisher and Yates). */
export function permutation(count: number, draws: Draws): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = draws.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
