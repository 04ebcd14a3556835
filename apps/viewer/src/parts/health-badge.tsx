import type { Health } from '@neuron-atlas/atlas';

/** What a flag means, in a few words. */
export const healthWords: Readonly<Record<Health, string>> = {
  'blocked': 'no gradient can reach the picture through this layer',
  'failed': 'its work was given up',
  'not-finite': 'the score stopped being a number',
  'gradient-blocked': 'no gradient reached the picture',
  'dead': 'it never rose above zero',
  'silent': 'no picture of the data set raised it above zero',
  'constant': 'every picture of the data set gives it the same activation',
  'no-gain': 'the score did not rise',
  'below-natural': 'no made picture scores as high as a natural one',
  'unspecific': 'its picture raises many other units of the layer more',
  'seeds-disagree': 'its pictures from other seeds are hardly more alike than those of other units',
  'unclear': 'its exemplars do not tell what excites it',
};

/** The state of a unit, in colour and in words. */
export function HealthBadge({ health }: { readonly health: readonly Health[] }) {
  if (health.length === 0) return <span class="badge badge-good">healthy</span>;
  return <>{health.map((flag) => <span key={flag} class="badge badge-bad" title={healthWords[flag]}>{flag}</span>)}</>;
}

/** How many of the units of something are well, as a bar with its words. */
export function HealthBar({ healthy, flagged }: { readonly healthy: number; readonly flagged: number }) {
  const all = healthy + flagged;
  if (all === 0) return null;
  const words = flagged === 0 ? `all ${all} healthy` : `${flagged} of ${all} flagged`;
  return <span class="health-bar" role="img" aria-label={words} title={words}><span style={{ width: `${(100 * healthy) / all}%` }} /></span>;
}
