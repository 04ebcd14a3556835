import type { AtlasView, SynthesisRow } from '@neuron-atlas/atlas';
import { useState } from 'preact/hooks';
import type { OpenLayer } from '../data/atlas.js';
import { synthesisPicture } from '../data/layer-pictures.js';
import { about, objectiveWords, priorSentence } from '../explanations.js';
import { facetWords } from '../facet-words.js';
import { figure } from '../numbers.js';
import { usePage } from '../page-context.js';
import { HealthBadge } from './health-badge.js';
import { Picture } from './picture.js';
import { Trace } from './trace.js';

export interface SynthesisSectionProps {
  readonly layer: OpenLayer;
  readonly unit: number;
  /** What is known of the pictures; absent while it comes: the pictures themselves come first. */
  readonly rows: readonly SynthesisRow[] | undefined;
}

/** All views side by side, each with its seeds, its climb and what it means. */
export function SynthesisSection({ layer, unit, rows }: SynthesisSectionProps) {
  const { views } = layer.index;
  return (
    <section aria-labelledby="synthesis-title">
      <div class="section-head">
        <h2 id="synthesis-title">Pictures that drive it up</h2>
        <p class="quiet">{about.synthesis}</p>
      </div>
      <div class="views">
        {views.map((view, i) => <ViewCard key={i} layer={layer} unit={unit} view={view} index={i} rows={rows?.filter((row) => row.view === i)} />)}
      </div>
    </section>
  );
}

interface ViewCardProps { readonly layer: OpenLayer; readonly unit: number; readonly view: AtlasView; readonly index: number; readonly rows: readonly SynthesisRow[] | undefined }

function ViewCard({ layer, unit, view, index, rows }: ViewCardProps) {
  const { atlas } = usePage();
  const [chosen, choose] = useState<number | undefined>(undefined);
  const best = rows?.reduce<SynthesisRow | undefined>((top, row) => (top === undefined || row.score > top.score ? row : top), undefined);
  const seed = chosen ?? best?.seed ?? view.seeds[0] ?? 0;
  const row = rows?.find((one) => one.seed === seed);
  const facet = row === undefined ? undefined : facetWords(row);
  const picture = (of: number) => synthesisPicture(atlas, layer, { unit, view: index, seed: of });
  return (
    <article class="view-card" aria-label={`${view.prior} pictures`}>
      <div class="view-picture"><Picture request={picture(seed)} alt={`Unit ${unit}, climbed with the prior ${view.prior}, seed ${seed}`} /></div>
      {view.seeds.length < 2 ? null : (
        <div class="seeds" role="group" aria-label="Seeds">
          {view.seeds.map((of) => (
            <button key={of} type="button" class="seed" aria-pressed={of === seed} onClick={() => choose(of)} title={`Seed ${of}`}>
              <Picture request={picture(of)} alt={`Seed ${of}`} />
            </button>
          ))}
        </div>
      )}
      <div class="view-text">
        <h3>{view.prior}<span class="quiet"> · {view.objective}</span></h3>
        {row === undefined ? (rows === undefined ? <p class="quiet">…</p> : <p class="quiet">Not made.</p>) : (
          <>
            <p class="climb"><span>{figure(row.scoreStart)}</span><span class="climb-arrow" aria-label="to">→</span><strong>{figure(row.score)}</strong><span class="quiet">in {row.steps} steps</span></p>
            <Trace values={row.scoreTrace} label={`Score over ${row.steps} steps, from ${figure(row.scoreStart)} to ${figure(row.score)}`} />
            {facet === undefined ? null : <p class="quiet">{facet}</p>}
            {row.health.length === 0 ? null : <p><HealthBadge health={row.health} /></p>}
          </>
        )}
        <p class="quiet view-words">{priorSentence(view.prior)} The score is {objectiveWords(view.objective)}.{view.seeds.length > 1 ? ` ${facet === undefined ? about.seeds : about.facets}` : ''}</p>
      </div>
    </article>
  );
}
