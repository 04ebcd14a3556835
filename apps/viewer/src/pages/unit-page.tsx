import type { SynthesisRow, UnitRow } from '@neuron-atlas/atlas';
import { useLayoutEffect, useMemo } from 'preact/hooks';
import { unitsOf, type OpenLayer } from '../data/atlas.js';
import { synthesisPicture } from '../data/layer-pictures.js';
import { useLoaded } from '../data/use-loaded.js';
import { errors } from '../errors.js';
import { usePage } from '../page-context.js';
import { ExemplarsSection } from '../parts/exemplars-section.js';
import { HealthBadge, healthWords } from '../parts/health-badge.js';
import { NeighboursSection } from '../parts/neighbours-section.js';
import { Failure, Notice, sentence, Waiting } from '../parts/notice.js';
import { Provenance } from '../parts/provenance.js';
import { QualitySection } from '../parts/quality-section.js';
import { SimilarUnits } from '../parts/similar-units.js';
import { Statistics } from '../parts/statistics.js';
import { SynthesisSection } from '../parts/synthesis-section.js';
import { layerLink, unitLink } from '../router.js';
import { figure } from '../numbers.js';

/** Everything that is known of one unit, at a link that stays the same. */
export function UnitPage({ layer: id, unit }: { readonly layer: string; readonly unit: number }) {
  const { atlas } = usePage();
  const opened = useLoaded(async () => {
    const layer = await atlas.layer(id);
    if (!layer.index.layer.selected.some(([start, end]) => start <= unit && unit < end)) throw errors.unknownUnit({ layer: id, unit, units: layer.index.layer.units });
    return layer;
  }, [atlas, id, unit]);
  if (opened.state === 'loading') return <Waiting what={`unit ${id}/${unit}`} />;
  if (opened.state === 'failed') return <Failure error={opened.error} what={`Unit ${id}/${unit} could not be opened`} />;
  return <Unit layer={opened.value} unit={unit} />;
}

function Unit({ layer, unit }: { readonly layer: OpenLayer; readonly unit: number }) {
  const { index: { layer: { id, op, selected }, views } } = layer;
  const units = unitsOf(selected);
  const at = units.indexOf(unit);
  const { atlas, pictures: store } = usePage();
  // What people came for first: the record and the numbers wait until the first picture is there.
  const first = useMemo(() => new Promise<void>((resolve) => {
    const seed = views[0]?.seeds[0];
    if (seed === undefined) resolve();
    else store.want(synthesisPicture(atlas, layer, { unit, view: 0, seed }), () => resolve());
  }), [layer, unit]);
  const record = useLoaded(async () => { await first; return (await layer.allUnits()).find((row) => row.unit === unit); }, [layer, unit]);
  const pictures = useLoaded(async () => { await first; return layer.synthesis(unit); }, [layer, unit]);
  useNeighbourKeys(id, units[at - 1], units[at + 1]);
  const row = record.state === 'ready' ? record.value : undefined;
  return (
    <>
      <div class="hero hero-unit">
        <p class="eyebrow">Unit of <a href={layerLink(id)}>{id}</a> · {op}</p>
        <div class="hero-row">
          <h1>{id}<span class="slash">/</span>{unit}</h1>
          <nav class="neighbours" aria-label="Neighbouring units">
            {at <= 0 ? <span /> : <a class="button" href={unitLink(id, units[at - 1]!)} rel="prev" aria-label={`Unit ${units[at - 1]}`}>← {units[at - 1]}</a>}
            {at >= units.length - 1 ? <span /> : <a class="button" href={unitLink(id, units[at + 1]!)} rel="next" aria-label={`Unit ${units[at + 1]}`}>{units[at + 1]} →</a>}
          </nav>
        </div>
        {row === undefined ? null : <UnitHealth row={row} />}
        {row === undefined ? null : <p class="lead">{summary(row)}</p>}
        <p class="unit-actions"><a class="button" href={`${unitLink(id, unit)}/live`}>Climb it live</a></p>
      </div>
      {record.state === 'failed' ? <Failure error={record.error} what="The record of this unit could not be read; its pictures may be below" /> : null}
      <Pictures pictures={pictures} layer={layer} unit={unit} viewCount={views.length} blocked={row?.health.includes('blocked') === true} />
      {row === undefined ? null : <ExemplarsSection layer={layer} unit={unit} />}
      {row === undefined ? null : <QualitySection row={row} views={views} />}
      {row === undefined ? null : <Statistics row={row} />}
      {row === undefined ? null : <NeighboursSection layer={layer} row={row} />}
      {pictures.state === 'ready' && pictures.value.length > 0 ? <SimilarUnits layer={layer} unit={unit} /> : null}
      {pictures.state === 'ready' && pictures.value.length > 0 ? <Provenance rows={pictures.value} /> : null}
    </>
  );
}

type PicturesProps = { readonly pictures: ReturnType<typeof useLoaded<readonly SynthesisRow[]>>; readonly layer: OpenLayer; readonly unit: number; readonly viewCount: number; readonly blocked: boolean };

function Pictures({ pictures, layer, unit, blocked }: PicturesProps) {
  // A sweep of a data set alone plans none.
  if (layer.index.views.length === 0) return null;
  // A place is kept for each planned picture, so that the page does not jump when what is known of them arrives.
  if (pictures.state === 'failed') return <Failure error={pictures.error} what="The pictures of this unit could not be read" />;
  if (pictures.state === 'ready' && pictures.value.length === 0) {
    return blocked
      ? <Notice kind="empty" title="No picture could be made">No gradient reaches the input from this layer, so there is nothing to climb.</Notice>
      : <Notice kind="partial" title="No picture yet">This unit is planned; its pictures are not here yet, or their work was given up.</Notice>;
  }
  return <SynthesisSection layer={layer} unit={unit} rows={pictures.state === 'ready' ? pictures.value : undefined} />;
}

function UnitHealth({ row }: { readonly row: UnitRow }) {
  return (
    <p class="health-line">
      <HealthBadge health={row.health} />
      {row.health.length === 0 ? null : <span>{sentence(row.reason === '' ? row.health.map((flag) => healthWords[flag]).join('; ') : row.reason)}</span>}
    </p>
  );
}

function summary({ score, scoreStart, naturalMax }: UnitRow): string {
  if (score === null || scoreStart === null) return 'No picture of this unit has a score.';
  const rise = `Its best picture raises the score from ${figure(scoreStart)} to ${figure(score)}`;
  return naturalMax === null ? `${rise}.` : `${rise}; the strongest natural picture reaches ${figure(naturalMax)}.`;
}

/** Left and right arrow go to the units beside this one. */
function useNeighbourKeys(layer: string, before: number | undefined, after: number | undefined): void {
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (event.target instanceof HTMLElement && event.target.matches('input, textarea, select, summary, [contenteditable]')) return;
      const to = event.key === 'ArrowLeft' ? before : event.key === 'ArrowRight' ? after : undefined;
      if (to !== undefined) location.hash = unitLink(layer, to);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [layer, before, after]);
}
