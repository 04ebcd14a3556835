import type { AtlasView, UnitRow } from '@neuron-atlas/atlas';
import { about } from '../explanations.js';
import { figure } from '../numbers.js';

/** What the exemplars and the made pictures of a unit tell of it; nothing where the sweep did not measure it. */
export function QualitySection({ row, views }: { readonly row: UnitRow; readonly views: readonly AtlasView[] }) {
  const { interpretability, distinctness, viewQuality, pictureQuality } = row;
  if (pictureQuality === null) return null;
  return (
    <section aria-labelledby="quality-title">
      <div class="section-head"><h2 id="quality-title">What the pictures are worth</h2><p class="quiet">{about.quality}</p></div>
      <dl class="facts">
        <Fact name="Interpretability" value={share(interpretability)} note="right, by exemplars, against pictures that excite it least" />
        <Fact name="Distinctness" value={share(distinctness)} note="right, by exemplars, against exemplars of other units" />
      </dl>
      {pictureQuality.length === 0 ? null : (
        <div class="table-scroll">
          <table class="quality-table">
            <thead><tr>
              <th scope="col">Picture</th><th scope="col" title="Activation that the picture reaches ÷ that of the natural picture which reaches most">Reached ÷ natural</th>
              <th scope="col" title="Among the units of its layer, each by its activation ÷ its natural maximum">Rank in layer</th>
              <th scope="col" title="1: processed like a natural picture of the unit; 0: like one of another unit">Natural path</th>
              <th scope="col" title="In decades of power; 0: the spectrum of the data set">Spectrum off by</th>
              <th scope="col" title="Forced choice by the pictures of this row's way of making, against pictures that excite the unit least">Explains</th>
              <th scope="col" title="The same against exemplars of other units">Distinguishes</th><th scope="col" title="Pictures from two seeds are more alike than pictures of two units">Seeds agree</th>
            </tr></thead>
            <tbody>
              {pictureQuality.map((one) => {
                const of = viewQuality?.find(({ view }) => view === one.view);
                return (
                  <tr key={`${one.view} ${one.seed}`}>
                    <th scope="row">{views[one.view]?.prior ?? `view ${one.view}`}, seed {one.seed}</th><td>{number(one.overNatural)}</td>
                    <td>{one.rank === null || one.rankOf === null ? '–' : `${one.rank} of ${one.rankOf}`}</td><td>{number(one.pathNaturalness)}</td><td>{number(one.spectrumDistance)}</td>
                    <td>{share(of?.explains ?? null)}</td><td>{share(of?.distinguishes ?? null)}</td><td>{share(of?.seedAgreement ?? null)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Fact({ name, value, note }: { readonly name: string; readonly value: string; readonly note: string }) {
  return <div><dt>{name}</dt><dd>{value}<span class="fact-note">{note}</span></dd></div>;
}

const share = (value: number | null): string => (value === null ? '–' : `${Math.round(100 * value)} %`);
const number = (value: number | null): string => (value === null ? '–' : figure(value));
