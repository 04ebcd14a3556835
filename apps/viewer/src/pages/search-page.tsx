import type { AtlasIndex } from '@neuron-atlas/atlas';
import { synthesisPicture } from '../data/layer-pictures.js';
import { useLoaded } from '../data/use-loaded.js';
import { findPlaces, type Place } from '../find-places.js';
import { count, counted } from '../numbers.js';
import { usePage } from '../page-context.js';
import { ByPicture } from '../parts/by-picture.js';
import { Failure, Notice, Waiting } from '../parts/notice.js';
import { Picture } from '../parts/picture.js';
import { layerLink, replaceQuery, unitLink } from '../router.js';

/** Results shown at once; whoever has more types more. */
const most = 60;

/** Layers and units by what is typed. */
export function SearchPage({ query }: { readonly query: URLSearchParams }) {
  const { atlas } = usePage();
  const index = useLoaded(() => atlas.index(), [atlas]);
  const typed = query.get('q') ?? '';
  return (
    <>
      <div class="hero">
        <h1>Search</h1>
        <label class="search-field"><span class="hidden">Layer, unit or number</span>
          <input class="field" type="search" value={typed} placeholder="conv4, conv4/17, 17" spellcheck={false} autocomplete="off" onInput={(event) => replaceQuery({ q: event.currentTarget.value === '' ? undefined : event.currentTarget.value })} />
        </label>
      </div>
      {index.state === 'loading' ? <Waiting what="the atlas" /> : null}
      {index.state === 'failed' ? <Failure error={index.error} what="This atlas could not be opened" /> : null}
      {index.state === 'ready' ? <><Places index={index.value} typed={typed} /><ByPicture index={index.value} /></> : null}
    </>
  );
}

function Places({ index, typed }: { readonly index: AtlasIndex; readonly typed: string }) {
  const places = findPlaces(index.layers, typed);
  if (typed.trim() === '') return <p class="quiet search-hint">A layer by its name or a part of it, a unit as <code>layer/number</code>, a number alone for that unit of every layer.</p>;
  if (places.length === 0) return <Notice kind="empty" title="Nothing found">No layer's name has “{typed}” in it, and no layer has such a unit.</Notice>;
  return (
    <section aria-labelledby="places-title">
      <div class="section-head"><h2 id="places-title"><span role="status">{counted(places.length, 'place')}</span></h2>{places.length > most ? <p class="quiet">The first {count(most)} are shown.</p> : null}</div>
      <ul class="results">{places.slice(0, most).map((place) => <li key={`${place.layer} ${place.unit}`}><PlaceLink place={place} index={index} /></li>)}</ul>
    </section>
  );
}

function PlaceLink({ place: { layer, unit }, index }: { readonly place: Place; readonly index: AtlasIndex }) {
  const found = index.layers.find(({ id }) => id === layer)!;
  const shown = unit ?? found.selected[0]?.[0];
  return (
    <a class="result" href={unit === undefined ? layerLink(layer) : unitLink(layer, unit)}>
      <span class="result-picture" aria-hidden="true">{shown === undefined ? null : <FirstPicture layer={layer} unit={shown} index={index} />}</span>
      <span><strong>{layer}{unit === undefined ? '' : `/${unit}`}</strong><span class="quiet">{unit === undefined ? `layer, ${found.op}, ${counted(found.units, 'unit')}` : `unit, ${found.op}`}</span></span>
    </a>
  );
}

/** The picture of a unit's first view and seed, its layer opened for it. */
export function FirstPicture({ layer: id, unit, index }: { readonly layer: string; readonly unit: number; readonly index: Pick<AtlasIndex, 'views'> }) {
  const { atlas } = usePage();
  const layer = useLoaded(() => atlas.layer(id), [atlas, id]);
  const seed = index.views[0]?.seeds[0];
  if (layer.state !== 'ready' || seed === undefined) return <span class="picture picture-waiting" />;
  return <Picture request={synthesisPicture(atlas, layer.value, { unit, view: 0, seed })} alt="" />;
}
