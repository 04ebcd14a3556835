import { compareUnits, type AtlasIndex } from '@neuron-atlas/atlas';
import type { PageAtlas } from '../data/atlas.js';
import { synthesisPicture } from '../data/layer-pictures.js';
import { useLoaded } from '../data/use-loaded.js';
import { count, figure } from '../numbers.js';
import { usePage } from '../page-context.js';
import { Failure, Notice, Waiting } from '../parts/notice.js';
import { Picture } from '../parts/picture.js';
import { Wall } from '../parts/wall.js';
import { replaceQuery, unitLink } from '../router.js';

/** Two atlases side by side: the same units, the most changed first. */
export function ComparePage({ query }: { readonly query: URLSearchParams }) {
  const { atlas, other } = usePage();
  const indexes = useLoaded(async () => (other === undefined ? undefined : Promise.all([atlas.index(), other.index()])), [atlas, other]);
  if (indexes.state === 'loading') return <Waiting what="both atlases" />;
  if (indexes.state === 'failed') return <Failure error={indexes.error} what="One of the two atlases could not be opened" />;
  if (indexes.value === undefined || other === undefined) {
    return <Notice kind="empty" title="Nothing to compare with" action={{ href: '#/', text: 'Go to the model' }}>Open two atlases at once: <code>neuron-atlas view ATLAS --with ATLAS</code>, or add <code>?with=</code> and the address of the other one to this page's.</Notice>;
  }
  const [one, two] = indexes.value;
  const names = new Set(two.layers.map(({ id }) => id));
  const shared = one.layers.filter(({ id }) => names.has(id));
  const chosen = shared.find(({ id }) => id === query.get('layer')) ?? shared[0];
  return (
    <>
      <div class="hero">
        <p class="eyebrow">Compare</p>
        <h1>{one.model.name} <span class="slash">and</span> {two.model.name}</h1>
        <p class="lead">{sameModel(one, two)} {count(shared.length)} of {count(one.layers.length)} layers are in both.</p>
      </div>
      {chosen === undefined
        ? <Notice kind="empty" title="No layer in common">The layers of the two have different names, so there is no unit to hold beside another.</Notice>
        : <Pairs key={chosen.id} layer={chosen.id} layers={shared.map(({ id }) => id)} atlas={atlas} other={other} />}
    </>
  );
}

const sameModel = (one: AtlasIndex, two: AtlasIndex): string =>
  (one.model.sha256 === two.model.sha256 ? 'Both are of the same model file.' : 'The model files differ: two checkpoints, quantisations or trainings.');

function Pairs({ layer, layers, atlas, other }: { readonly layer: string; readonly layers: readonly string[]; readonly atlas: PageAtlas; readonly other: PageAtlas }) {
  const loaded = useLoaded(async () => {
    const [one, two] = await Promise.all([atlas.layer(layer), other.layer(layer)]);
    return { one, two, pairs: compareUnits(await one.allUnits(), await two.allUnits()) };
  }, [atlas, other, layer]);
  const seedOf = (views: AtlasIndex['views']): number => views[0]?.seeds[0] ?? 0;
  return (
    <>
      <div class="tools" role="group" aria-label="What is compared">
        <label class="tool"><span>Layer</span><select value={layer} onChange={(event) => replaceQuery({ layer: event.currentTarget.value })}>{layers.map((id) => <option key={id} value={id}>{id}</option>)}</select></label>
        <p class="tools-count" role="status">{loaded.state === 'ready' ? `${count(loaded.value.pairs.length)} units, the most changed first` : ''}</p>
      </div>
      {loaded.state === 'loading' ? <Waiting what="the layer" /> : null}
      {loaded.state === 'failed' ? <Failure error={loaded.error} what={`Layer ${layer} could not be read in both`} /> : null}
      {loaded.state !== 'ready' ? null : (
        <Wall items={loaded.value.pairs} keyOf={({ unit }) => unit} linkOf={({ unit }) => unitLink(layer, unit)} tile={200} ratio={0.5} label={`Units of ${layer} in both atlases`}
          labelOf={({ unit, change, flags, one, two }) => `Unit ${unit}, score ${figure(one.score)} and ${figure(two.score)}${change === null ? '' : `, changed by ${Math.round(100 * change)} %`}${flags.length > 0 ? `, ${flags.join(', ')} in one of them` : ''}`}>
          {({ unit, change, flags }) => (
            <>
              <span class="pair"><Picture request={synthesisPicture(atlas, loaded.value.one, { unit, view: 0, seed: seedOf(loaded.value.one.index.views) })} alt="" /><Picture request={synthesisPicture(other, loaded.value.two, { unit, view: 0, seed: seedOf(loaded.value.two.index.views) })} alt="" /></span>
              <span class="tile-text" aria-hidden="true"><span>{unit}</span>{flags.length > 0 ? <span class="dot" title={flags.join(', ')} /> : null}<span class="tile-value">{change === null ? '–' : `${Math.round(100 * change)} %`}</span></span>
            </>
          )}
        </Wall>
      )}
    </>
  );
}
