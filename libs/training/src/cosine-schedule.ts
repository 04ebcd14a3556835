export interface CosineSchedule {
  readonly highest: number;
  readonly steps: number;
  /** Steps over which the rate first rises from near zero. @default 0 */
  readonly warmUpSteps?: number;
}

/** The learning rate of a step (from 1): a straight rise to the highest, then half a cosine down to 0 at the last step. */
export function cosineSchedule({ highest, steps, warmUpSteps = 0 }: CosineSchedule, step: number): number {
  if (step < warmUpSteps) return (highest * step) / warmUpSteps;
  return (highest / 2) * (1 + Math.cos((Math.PI * (step - warmUpSteps)) / (steps - warmUpSteps)));
}
