import { healthFlags, type Health } from '@neuron-atlas/atlas';
import type { Ascent } from '@neuron-atlas/synthesis';

const reasons = {
  'not-finite': 'the score or the picture stopped being a number',
  'gradient-blocked': 'no gradient reached the picture in any step',
  dead: 'the score never rose above 0, and a ReLU follows',
  'no-gain': 'the score did not end above its start',
} satisfies Partial<Record<Health, string>>;

/** Whether an objective's score is the unit's own activation; that of others (`negative`, formulas that subtract) may well be below 0 where the unit lives. */
export const scoresActivation = (objective: string): boolean => ['channel', 'facet', 'neuron', 'logit'].includes(objective);

/** What is wrong with a picture, the gravest first, and the same in words; empty for a healthy one. */
export function healthOf({ image, scoreStart, score, gradientNorm }: Pick<Ascent, 'image' | 'scoreStart' | 'score' | 'gradientNorm'>, followedByRelu: boolean): { readonly health: readonly Health[]; readonly reason: string } {
  const holds: Readonly<Record<keyof typeof reasons, boolean>> = {
    'not-finite': !Number.isFinite(score) || !Number.isFinite(scoreStart) || !image.every(Number.isFinite),
    'gradient-blocked': gradientNorm === 0,
    dead: score <= 0 && followedByRelu,
    'no-gain': score <= scoreStart,
  };
  const health = healthFlags.filter((flag): flag is keyof typeof reasons => flag in holds && holds[flag as keyof typeof reasons]);
  return { health, reason: health.map((flag) => reasons[flag]).join('; ') };
}
