import type { PublishObject } from '@neuron-atlas/atlas';
import type { BlobStore } from '@neuron-atlas/blobs';
import { LayerTally, tallyFromBytes, type TallySize } from '@neuron-atlas/exemplars';

/** The tallies of a layer added up; the last one is kept, for the shards of a layer come one after the other. */
export class MergedTally {
  #last: { readonly key: string; readonly tally: LayerTally } | undefined;

  async get(store: BlobStore, objects: readonly PublishObject[], layer: string, size: TallySize, signal: AbortSignal): Promise<LayerTally> {
    const own = objects.filter((object) => object.kind === 'tally' && object.layer === layer).map(({ key }) => key).sort();
    const key = JSON.stringify([store.url, size, own]);
    if (this.#last?.key === key) return this.#last.tally;
    this.#last = undefined;
    const tally = new LayerTally(size);
    for (const part of own) tally.merge(tallyFromBytes(await store.get(part, undefined, signal), part));
    this.#last = { key, tally };
    return tally;
  }
}
