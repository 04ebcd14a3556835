import type { UnitRow } from '@neuron-atlas/atlas';
import type { OpenLayer } from '../data/atlas.js';
import { synthesisPicture } from '../data/layer-pictures.js';
import { usePage } from '../page-context.js';
import { unitLink } from '../router.js';
import { Picture } from './picture.js';

const inCommon = (shared: number | null): string => (shared ? `, ${shared} top pictures in common` : '');

/** Units of the layer that answer to natural pictures alike; nothing where the atlas does not say. */
export function NeighboursSection({ layer, row }: { readonly layer: OpenLayer; readonly row: UnitRow }) {
  const { atlas } = usePage();
  const { index: { layer: { id, selected }, views } } = layer;
  const seed = views[0]?.seeds[0];
  // The data set was read for all units of the layer; pages are there for those of the atlas.
  const neighbours = (row.neighbours ?? []).filter(({ unit }) => selected.some(([start, end]) => start <= unit && unit < end));
  if (neighbours.length === 0 || seed === undefined) return null;
  return (
    <section aria-labelledby="neighbours-title">
      <div class="section-head">
        <h2 id="neighbours-title">Units that answer alike</h2>
        <p class="quiet">Units of this layer whose activations rise and fall with this one's over the pictures of the data set, and those that the same pictures excite most; the number is the correlation.</p>
      </div>
      <ul class="tiles">{neighbours.map(({ unit, similarity, shared }) => (
        <li key={unit}><a class="tile" href={unitLink(id, unit)}><span class="hidden">{`Unit ${unit}, correlation ${similarity.toFixed(2)}${inCommon(shared)}`}</span>
          <Picture request={synthesisPicture(atlas, layer, { unit, view: 0, seed })} alt="" />
          <span class="tile-text" aria-hidden="true"><span>{unit}</span><span class="tile-value">{similarity.toFixed(2)}</span></span>
          {shared ? <span class="tile-text" aria-hidden="true">{shared} in common</span> : null}
        </a></li>))}</ul>
    </section>
  );
}
