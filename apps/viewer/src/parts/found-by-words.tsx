import type { AtlasIndex, FoundUnit } from '@neuron-atlas/atlas';
import { naturalPicture, synthesisPicture } from '../data/layer-pictures.js';
import { useLoaded, type Loaded } from '../data/use-loaded.js';
import { count, counted } from '../numbers.js';
import { usePage } from '../page-context.js';
import { unitLink } from '../router.js';
import { Failure } from './notice.js';
import { Picture } from './picture.js';

/** Units shown at once; whoever has more types more. */
export const mostFound = 60;

/** Units by what the pictures that excite them most are called. */
export function FoundByWords({ found, index, typed }: { readonly found: Loaded<readonly FoundUnit[]>; readonly index: AtlasIndex; readonly typed: string }) {
  if (found.state === 'failed') return <Failure error={found.error} what="The words of the pictures could not be searched" />;
  if (found.state === 'loading' || found.value.length === 0) return null;
  const shown = found.value.slice(0, mostFound);
  const top = index.dataset?.exemplars.top ?? 0;
  return (
    <section aria-labelledby="words-title">
      <div class="section-head" role="status">
        <h2 id="words-title">{found.value.length > mostFound ? `More than ${count(mostFound)} units` : counted(shown.length, 'unit')} by words</h2>
        <p class="quiet">Units among whose {top === 0 ? 'strongest' : `${top} strongest`} pictures some are called “{typed.trim()}”, most of them first. What a picture is called need not be what the unit sees in it.</p>
      </div>
      <ul class="results">{shown.map((unit) => <li key={`${unit.layer} ${unit.unit}`}><FoundLink found={unit} top={top} /></li>)}</ul>
    </section>
  );
}

function FoundLink({ found: { layer: id, unit, hits, rank }, top }: { readonly found: FoundUnit; readonly top: number }) {
  return (
    <a class="result" href={unitLink(id, unit)}>
      <span class="result-picture" aria-hidden="true"><BestPicture layer={id} unit={unit} rank={rank} /></span>
      <span><strong>{id}/{unit}</strong><span class="quiet">{top === 0 ? counted(hits, 'picture') : `${hits} of ${counted(top, 'picture')}`}</span></span>
    </a>
  );
}

/** The strongest picture that has the word; where the atlas only names its pictures, the one that was climbed to. */
function BestPicture({ layer: id, unit, rank }: { readonly layer: string; readonly unit: number; readonly rank: number }) {
  const { atlas } = usePage();
  const layer = useLoaded(() => atlas.layer(id), [atlas, id]);
  if (layer.state !== 'ready') return <span class="picture picture-waiting" />;
  const { value } = layer;
  const seed = value.index.views[0]?.seeds[0];
  const request = value.index.dataset?.publish === 'links' && seed !== undefined
    ? synthesisPicture(atlas, value, { unit, view: 0, seed }) : naturalPicture(atlas, value, { of: 'exemplars', unit, kind: 'top', rank });
  return <Picture request={request} alt="" />;
}
