import { errors } from './errors.js';
import { globList, matchesGlob } from './glob.js';
import { nearNames } from './near-names.js';
import type { UnitSelection } from './spec.js';

/** How the names of twins end. */
const twinEnding = /\.(post|concat)(\.\d+)?$/;

/**
 * The layers that a selection names, in the order of the model, and behind them the twins that it names.
 *
 * A name that is a layer's id is taken literally, whatever characters it has. Every glob must match a layer:
 * SPEC_GLOB_MATCHES_NOTHING names the one that does not. A twin, whose units another layer has, is named by its id or by a glob that
 * ends as its name does: `*.post` is all that come behind a nonlinearity, `conv*` none of them.
 */
export function matchLayers<L extends { readonly id: string }>(selection: Pick<UnitSelection, 'layers'>, layers: readonly L[], twins: readonly L[] = []): readonly L[] {
  if (selection.layers === 'all') return layers;
  const chosen = new Set<L>();
  for (const entry of selection.layers) {
    const literal = [...layers, ...twins].find((layer) => layer.id === entry);
    if (literal !== undefined) {
      chosen.add(literal);
      continue;
    }
    for (const glob of globList(entry)) {
      const named = layers.some((layer) => layer.id === glob) || !twinEnding.test(glob) ? layers : [...layers, ...twins];
      const matched = named.filter((layer) => layer.id === glob || matchesGlob(glob, layer.id));
      if (matched.length === 0) {
        const near = nearNames(glob.replace(/[*?]/g, ''), layers.map((layer) => layer.id));
        throw errors.globMatchesNothing({ glob, layers: layers.length, near });
      }
      for (const layer of matched) chosen.add(layer);
    }
  }
  return [...layers, ...twins].filter((layer) => chosen.has(layer));
}
