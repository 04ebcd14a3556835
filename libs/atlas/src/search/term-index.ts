import { compareTerms, termsOf } from './words-of.js';
import type { TermRow } from './terms.js';

/** What the pictures that excite units are called, gathered into terms. */
export interface TermIndex {
  /** A top exemplar of a unit; `layer` counts from 0. */
  add(layer: number, unit: number, rank: number, sampleId: string, label: string | null): void;
  /** By term, then hits falling, rank, layer and unit: the rows of the terms table. `layers`: ids by number. */
  rows(layers: readonly string[]): Generator<TermRow, void, undefined>;
}

/** Holds each sample once and, for each of its places among exemplars, three numbers. */
export function createTermIndex(): TermIndex {
  const samples = new Map<string, { readonly label: string | null; readonly places: number[] }>();
  return {
    add(layer, unit, rank, sampleId, label) {
      const known = samples.get(sampleId);
      if (known === undefined) samples.set(sampleId, { label, places: [layer, unit, rank] });
      else known.places.push(layer, unit, rank);
    },
    *rows(layers) {
      const byTerm = new Map<string, (readonly number[])[]>();
      for (const [id, { label, places }] of samples) {
        for (const term of termsOf(id, label)) {
          const known = byTerm.get(term);
          if (known === undefined) byTerm.set(term, [places]);
          else known.push(places);
        }
      }
      for (const term of [...byTerm.keys()].sort(compareTerms)) {
        const units = new Map<string, { readonly layer: number; readonly unit: number; hits: number; rank: number }>();
        for (const places of byTerm.get(term)!) {
          for (let i = 0; i < places.length; i += 3) {
            const [layer, unit, rank] = [places[i]!, places[i + 1]!, places[i + 2]!];
            const key = `${layer} ${unit}`;
            const known = units.get(key);
            if (known === undefined) units.set(key, { layer, unit, hits: 1, rank });
            else {
              known.hits++;
              known.rank = Math.min(known.rank, rank);
            }
          }
        }
        const sorted = [...units.values()].sort((a, b) => b.hits - a.hits || a.rank - b.rank || a.layer - b.layer || a.unit - b.unit);
        for (const { layer, unit, hits, rank } of sorted) yield { term, layer: layers[layer]!, unit, hits, rank };
      }
    },
  };
}
