import type { UnitRow } from '@neuron-atlas/atlas';
import { about } from '../explanations.js';
import { count, figure } from '../numbers.js';

/** How the unit behaves over the data set; where none was read, what would bring it. */
export function Statistics({ row }: { readonly row: UnitRow }) {
  const { max, mean, std, p50, p99, fractionActive, histogram } = row;
  const facts = ([['Highest', max], ['Mean', mean], ['Spread', std], ['Median', p50], ['99th percentile', p99]] as const).filter(([, value]) => value !== null);
  if (facts.length === 0 && histogram === null && fractionActive === null) {
    return (
      <section class="absent" aria-labelledby="natural-title">
        <h2 id="natural-title">Natural pictures</h2>
        <p>This atlas was made without a data set, so nothing is known of what excites the unit in the world. Name one under <code>dataset:</code> in the sweep file: natural pictures tell more of a unit than any climbed one.</p>
      </section>
    );
  }
  return (
    <section aria-labelledby="statistics-title">
      <div class="section-head"><h2 id="statistics-title">Over the data set</h2><p class="quiet">{about.statistics}</p></div>
      <div class="statistics">
        {histogram === null ? null : <Histogram counts={histogram} />}
        <dl class="facts">
          {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{figure(value)}</dd></div>)}
          {fractionActive === null ? null : <div><dt>Active</dt><dd>{(100 * fractionActive).toFixed(1)} %<span class="fact-note">of all pictures</span></dd></div>}
        </dl>
      </div>
    </section>
  );
}

/** Counts in equal bins, on a scale of roots so that rare strong activations can be seen. */
export function Histogram({ counts }: { readonly counts: readonly number[] }) {
  const most = Math.max(1, ...counts);
  return (
    <figure class="histogram">
      <svg viewBox={`0 0 ${counts.length * 4} 64`} preserveAspectRatio="none" role="img" aria-label={`Histogram of activations in ${counts.length} bins; the fullest has ${count(most)}`}>
        {counts.map((value, i) => { const height = 62 * Math.sqrt(value / most); return <rect key={i} x={i * 4 + 0.4} y={64 - height} width={3.2} height={height} />; })}
      </svg>
      <figcaption class="quiet">Activations from the smallest to the largest; heights are square roots of counts.</figcaption>
    </figure>
  );
}
