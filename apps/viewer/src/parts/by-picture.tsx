import type { AtlasIndex } from '@neuron-atlas/atlas';
import { useEffect, useState } from 'preact/hooks';
import { modelFile } from '../data/model-file.js';
import { synthesisPicture } from '../data/layer-pictures.js';
import { useLoaded } from '../data/use-loaded.js';
import { askEngine } from '../live/engine.js';
import type { Told } from '../live/protocol.js';
import { usePage } from '../page-context.js';
import { rankResponses } from '../rank-responses.js';
import { layerLink, unitLink } from '../router.js';
import { Failure } from './notice.js';
import { Picture } from './picture.js';

type Responses = Extract<Told, { kind: 'responded' }>['responses'];

/** Which units like a picture of one's own: the network is asked in the page, the picture stays here. */
export function ByPicture({ index }: { readonly index: AtlasIndex }) {
  const { atlas } = usePage();
  const [shown, setShown] = useState<string | undefined>(undefined);
  const [phase, setPhase] = useState<string | undefined>(undefined);
  const [responses, setResponses] = useState<Responses | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => () => { if (shown !== undefined) URL.revokeObjectURL(shown); }, [shown]);

  const ask = async (file: File): Promise<void> => {
    setShown(URL.createObjectURL(file));
    setResponses(undefined);
    setError(undefined);
    setPhase('Reading the picture');
    try {
      const [picture, model] = await Promise.all([createImageBitmap(file), modelFile(atlas, index.model.sha256)]);
      const told = await askEngine({ kind: 'respond', model, preprocess: index.model.preprocess, picture }, (word) => { if (word.kind === 'phase') setPhase(word.words); });
      if (told.kind === 'responded') setResponses(told.responses);
    } catch (cause) {
      setError(cause);
    }
    setPhase(undefined);
  };
  return (
    <section aria-labelledby="by-picture-title">
      <div class="section-head">
        <h2 id="by-picture-title">By picture</h2>
        <p class="quiet">Which units like this picture? The network runs in the page; the picture stays on this computer.</p>
      </div>
      <div class="by-picture">
        <label class="drop" onDragOver={(event) => event.preventDefault()} onDrop={(event) => { event.preventDefault(); const file = event.dataTransfer?.files[0]; if (file !== undefined) void ask(file); }}>
          {shown === undefined ? <span>Choose a picture, or drop one here</span> : <img class="picture" src={shown} alt="The picture that was chosen" />}
          <input class="hidden" type="file" accept="image/*" aria-label="Picture to search by" onChange={(event) => { const file = event.currentTarget.files?.[0]; if (file !== undefined) void ask(file); }} />
        </label>
        <div class="by-picture-found">
          {phase === undefined ? null : <p role="status" class="quiet">{phase}…</p>}
          {error === undefined ? null : <Failure error={error} what="The network could not be asked" />}
          {responses === undefined ? null : index.layers.toReversed().filter(({ id }) => responses.has(id)).slice(0, mostLayers).map(({ id }) => <Likes key={id} layer={id} responses={responses.get(id)!} />)}
        </div>
      </div>
    </section>
  );
}

/** The deepest layers say most about a whole picture. */
const mostLayers = 12;

function Likes({ layer: id, responses }: { readonly layer: string; readonly responses: { readonly mean: Float32Array; readonly max: Float32Array } }) {
  const { atlas } = usePage();
  const loaded = useLoaded(async () => {
    const layer = await atlas.layer(id);
    return { layer, ranked: rankResponses(await layer.allUnits(), responses, 8) };
  }, [atlas, id, responses]);
  if (loaded.state === 'loading') return null;
  if (loaded.state === 'failed') return <Failure error={loaded.error} what={`Layer ${id} could not be read`} />;
  const { layer, ranked } = loaded.value;
  const seed = layer.index.views[0]?.seeds[0];
  if (ranked.length === 0 || seed === undefined) return null;
  return (
    <div class="likes">
      <h3><a href={layerLink(id)}>{id}</a> <span class="quiet">{ranked[0]?.of === 'natural' ? 'share of the strongest natural picture' : 'share of what the climbed picture reaches'}</span></h3>
      <ul class="tiles tiles-small">{ranked.map(({ unit, share }) => (
        <li key={unit}><a class="tile" href={unitLink(id, unit)}><span class="hidden">{`${id}/${unit}, ${Math.round(100 * share)} %`}</span>
          <Picture request={synthesisPicture(atlas, layer, { unit, view: 0, seed })} alt="" />
          <span class="tile-text" aria-hidden="true"><span>{unit}</span><span class="tile-value">{Math.round(100 * share)} %</span></span>
        </a></li>))}</ul>
    </div>
  );
}
