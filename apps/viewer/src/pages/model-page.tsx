import type { AtlasIndex } from '@neuron-atlas/atlas';
import { useLoaded } from '../data/use-loaded.js';
import { bytes, count, counted, percent } from '../numbers.js';
import { usePage } from '../page-context.js';
import { NetworkMap } from '../parts/network-map.js';
import { Failure, Notice, Waiting } from '../parts/notice.js';

/** The network: its layers as they follow each other, what was made of each, and how much is done. */
export function ModelPage() {
  const { atlas } = usePage();
  const index = useLoaded(() => atlas.index(), [atlas]);
  if (index.state === 'loading') return <Waiting what="the atlas" />;
  if (index.state === 'failed') return <Failure error={index.error} what="This atlas could not be opened" />;
  return <Model index={index.value} />;
}

function Model({ index }: { readonly index: AtlasIndex }) {
  const { other } = usePage();
  const { model, totals, views, layers, progress } = index;
  return (
    <>
      <div class="hero">
        <p class="eyebrow">Model</p>
        <h1>{model.name}</h1>
        <p class="lead">{count(totals.units)} units in {counted(layers.length, 'layer')}: what each of them responds to, one picture after another.</p>
        <dl class="facts">
          <Fact name="Layers" value={count(layers.length)} />
          <Fact name="Units" value={count(totals.units)} />
          <Fact name="Pictures" value={count(totals.pictures)} />
          <Fact name="Healthy" value={progress === undefined ? percent(totals.healthy, totals.units) : '–'} note={totals.flagged === 0 ? undefined : `${count(totals.flagged)} flagged`} />
          <Fact name="Model file" value={bytes(model.bytes)} note={`sha256 ${model.sha256.slice(0, 12)}…`} />
        </dl>
        <p class="quiet">Made with {views.map(({ prior, objective, seeds }) => `${prior} pictures of the ${objective} objective${seeds.length > 1 ? `, ${seeds.length} seeds` : ''}`).join('; ')}.</p>
      </div>
      {other === undefined ? null : <p class="unit-actions"><a class="button" href="#~compare">Compare with the other atlas</a></p>}
      {progress === undefined ? null : (
        <Notice kind="partial" title={`Still being made: ${percent(progress.done, progress.planned)} done`}>
          <p>{count(progress.done)} of {count(progress.planned)} pictures are here. Reload to see what has come since; scores and health of whole layers come with the end of the sweep.</p>
          <progress max={progress.planned} value={progress.done} aria-label="Pictures made" />
        </Notice>
      )}
      {layers.length === 0
        ? <Notice kind="empty" title="No layers">The sweep of this atlas named no layer of the model.</Notice>
        : <NetworkMap layers={layers} views={views} />}
    </>
  );
}

function Fact({ name, value, note }: { readonly name: string; readonly value: string; readonly note?: string | undefined }) {
  return <div><dt>{name}</dt><dd>{value}{note === undefined ? null : <span class="fact-note">{note}</span>}</dd></div>;
}
