import type { SynthesisRow } from '@neuron-atlas/atlas';

/** What a picture was begun from, where its view begins from clusters of the unit's exemplars; undefined of any other view. */
export function facetWords({ provenance }: Pick<SynthesisRow, 'provenance'>): string | undefined {
  const { facet } = JSON.parse(provenance) as { readonly facet?: { readonly index: number; readonly of: number; readonly size: number; readonly exemplars: readonly string[] } };
  if (facet === undefined) return undefined;
  const name = `Facet ${facet.index + 1} of ${facet.of}`;
  if (facet.size === 0) return `${name}: there are no exemplars for it, so it began as noise.`;
  const begun = facet.exemplars.length === 1 ? 'one exemplar' : `the mean of ${facet.exemplars.length} exemplars`;
  return `${name}: it began from ${begun}${facet.size > facet.exemplars.length ? `, of ${facet.size} that are alike` : ''}.`;
}
