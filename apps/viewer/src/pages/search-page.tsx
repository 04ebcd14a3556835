import type { AtlasIndex } from '@neuron-atlas/atlas';
import { synthesisPicture } from '../data/layer-pictures.js';
import { useLoaded } from '../data/use-loaded.js';
import { findPlaces, type Place } from '../find-places.js';
import { count, counted } from '../numbers.js';
import { usePage } from '../page-context.js';
import { ByPicture } from '../parts/by-picture.js';
import { FoundByWords, mostFound } from '../parts/found-by-words.js';
import { Failure, Notice, Waiting } from '../parts/notice.js';
import { Picture } from '../parts/picture.js';
import { layerLink, replaceQuery, unitLink } from '../router.js';

/** Results shown at once; whoever has more types more. */
const most = 60;

/** Layers and units by what is typed: their names and numbers, and what the pictures are called that excite them. */
export function SearchPage({ query }: { readonly query: URLSearchParams }) {
  const { atlas } = usePage();
  const index = useLoaded(() => atlas.index(), [atlas]);
  const typed = query.get('q') ?? '';
  return (
    <>
      <div class="hero">
        <h1>Search</h1>
        <label class="search-field"><span class="hidden">Layer, unit, number or word</span>
          <input class="field" type="search" value={typed} placeholder="A layer, a unit, a word" spellcheck={false} autocomplete="off" onInput={(event) => replaceQuery({ q: event.currentTarget.value === '' ? undefined : event.currentTarget.value })} />
        </label>
      </div>
      {index.state === 'loading' ? <Waiting what="the atlas" /> : null}
      {index.state === 'failed' ? <Failure error={index.error} what="This atlas could not be opened" /> : null}
      {index.state === 'ready' ? <><Found index={index.value} typed={typed} /><ByPicture index={index.value} /></> : null}
    </>
  );
}

function Found({ index, typed }: { readonly index: AtlasIndex; readonly typed: string }) {
  const { atlas } = usePage();
  const hasWords = (index.dataset?.terms ?? 0) > 0;
  const words = useLoaded(async () => (hasWords && typed.trim() !== '' ? (await atlas.terms()).search(typed, mostFound + 1) : []), [atlas, hasWords, typed]);
  const places = findPlaces(index.layers, typed);
  if (typed.trim() === '') {
    return <p class="quiet search-hint">A layer by its name or a part of it, a unit as <code>layer/number</code>, a number alone for that unit of every layer{hasWords ? '; or a word, for the units that pictures of that name excite' : ''}.</p>;
  }
  const isNothing = places.length === 0 && words.state === 'ready' && words.value.length === 0;
  return (
    <>
      {isNothing ? <Notice kind="empty" title="Nothing found">No layer's name has “{typed}” in it, no layer has such a unit{hasWords ? ', and no picture that excites a unit most is called so' : ''}.</Notice> : null}
      {places.length === 0 ? null : (
        <section aria-labelledby="places-title">
          <div class="section-head"><h2 id="places-title"><span role="status">{counted(places.length, 'place')}</span></h2>{places.length > most ? <p class="quiet">The first {count(most)} are shown.</p> : null}</div>
          <ul class="results">{places.slice(0, most).map((place) => <li key={`${place.layer} ${place.unit}`}><PlaceLink place={place} index={index} /></li>)}</ul>
        </section>
      )}
      <FoundByWords found={words} index={index} typed={typed} />
    </>
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
