import {
  openAtlas, openLayer, openTerms, readIndex, readLayerIndex,
  type AtlasIndex, type AtlasLayerReader, type AtlasManifest, type AtlasSource, type LayerIndex, type TermReader, type UnitRow,
} from '@neuron-atlas/atlas';
import { httpSource } from './http-source.js';

/** One layer, opened: its index read, its tables when they are asked for. */
export interface OpenLayer extends AtlasLayerReader {
  readonly index: LayerIndex;
  /** Read once for the page. */
  allUnits(): Promise<readonly UnitRow[]>;
}

/** An atlas as the page holds it: everything is read once, and only when it is asked for. */
export interface PageAtlas {
  readonly base: URL;
  readonly source: AtlasSource;
  index(): Promise<AtlasIndex>;
  layer(id: string): Promise<OpenLayer>;
  /** The search by words; only where the index says that the data set has terms. */
  terms(): Promise<TermReader>;
}

export function openPageAtlas(base: URL): PageAtlas {
  const source = httpSource(base);
  const layers = new Map<string, Promise<OpenLayer>>();
  // An atlas that an older program wrote has no index: its manifest says the same, for all layers at once.
  const manifest = once(async (): Promise<AtlasManifest> => (await openAtlas(source)).manifest);
  const index = once(() => readIndex(source, manifest));
  const open = async (id: string): Promise<OpenLayer> => {
    const found = await readLayerIndex(source, id, manifest);
    const reader = openLayer(source, found);
    return { ...reader, index: found, allUnits: once(() => reader.units()) };
  };
  return {
    base, source, index,
    terms: once(() => openTerms(source)),
    layer(id) {
      const known = layers.get(id) ?? open(id);
      layers.set(id, known);
      known.catch(() => layers.delete(id));
      return known;
    },
  };
}

/** The outcome of the first call for all; one that failed is tried again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    made.catch(() => { made = undefined; });
    return made;
  };
}

/** Selected units of a layer, rising. */
export function unitsOf(selected: readonly (readonly [number, number])[]): readonly number[] {
  return selected.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));
}
