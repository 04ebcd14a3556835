import { subgraphsOf } from '../edit/names-of.js';
import { spellOut } from '../edit/spell-out.js';
import type { Graph, Model } from '../graph.js';
import type { FileRange } from '../tensor-source.js';

/** What of a model's constants lies in files, subgraphs included, in the order in which they are written; each range once. */
export function fileRanges(model: Model): readonly FileRange[] {
  const found = new Map<string, FileRange>();
  const collect = (graph: Graph): void => {
    for (const { source } of graph.initializers.values()) if (source?.kind === 'file') found.set(rangeKey(source), source);
    for (const inner of subgraphsOf(graph)) collect(inner);
  };
  collect(spellOut(model.graph));
  return [...found.values()];
}

/** The same for the same bytes of the same file. */
export const rangeKey = ({ path, offset, length }: FileRange): string => `${offset}+${length} of ${path}`;
