import type { ExemplarRow, ProjectionRow } from '@neuron-atlas/atlas';
import type { OpenLayer } from '../data/atlas.js';
import { useLoaded } from '../data/use-loaded.js';
import { about } from '../explanations.js';
import { counted, figure } from '../numbers.js';
import { usePage } from '../page-context.js';
import { Failure } from './notice.js';
import { Picture } from './picture.js';

const kinds = [
  { kind: 'top', title: 'What excites it most', words: about.exemplars },
  { kind: 'quantile', title: 'Across its range', words: 'Pictures at evenly spaced shares of all, from those that hardly move the unit to those that do: what lies between the extremes.' },
  { kind: 'bottom', title: 'What excites it least', words: 'The pictures with the lowest activation: what the unit is not about, or is against.' },
] as const satisfies readonly { readonly kind: ExemplarRow['kind']; readonly title: string; readonly words: string }[];

/** The natural pictures of a unit, each beside what of it excites the unit; nothing where the atlas has none. */
export function ExemplarsSection({ layer, unit }: { readonly layer: OpenLayer; readonly unit: number }) {
  const loaded = useLoaded(async () => {
    const [exemplars, projections] = await Promise.all([layer.exemplars(unit), layer.projections(unit)]);
    return { exemplars, projections: new Map(projections.map((row) => [`${row.kind} ${row.rank}`, row])) };
  }, [layer, unit]);
  if (loaded.state === 'loading') return null;
  if (loaded.state === 'failed') return <Failure error={loaded.error} what="The natural pictures of this unit could not be read" />;
  const { exemplars, projections } = loaded.value;
  return (
    <>
      {kinds.map(({ kind, title, words }) => {
        const rows = exemplars.filter((row) => row.kind === kind);
        if (rows.length === 0) return null;
        return (
          <section key={kind} aria-labelledby={`${kind}-title`}>
            <div class="section-head">
              <h2 id={`${kind}-title`}>{title}</h2>
              <p class="quiet">{words}{rows.some((row) => projections.has(`${kind} ${row.rank}`)) ? ` ${about.projections}` : ''}</p>
            </div>
            <ol class="exemplars" aria-label={counted(rows.length, 'picture')}>
              {rows.map((row) => <li key={row.rank}><Exemplar row={row} projection={projections.get(`${kind} ${row.rank}`)} layer={layer} /></li>)}
            </ol>
          </section>
        );
      })}
    </>
  );
}

function Exemplar({ row, projection, layer }: { readonly row: ExemplarRow; readonly projection: ProjectionRow | undefined; readonly layer: OpenLayer }) {
  const { atlas } = usePage();
  const key = `${atlas.base.href} ${layer.index.layer.id} ${row.unit} ${row.kind} ${row.rank}`;
  return (
    <figure class="exemplar">
      <div class="exemplar-pictures">
        {row.image === null ? <span class="picture picture-none" role="img" aria-label={`${row.sampleId}: the atlas only names its pictures`} /> : <Picture request={{ key, load: async () => row.image ?? undefined }} alt={`Part of ${row.sampleId}`} />}
        {projection?.image == null ? null : <Picture request={{ key: `${key} projection`, load: async () => projection.image ?? undefined }} alt={`What of it excites the unit, by ${projection.method}`} />}
        <Where row={row} />
      </div>
      <figcaption><strong>{figure(row.activation)}</strong> <span class="quiet">{row.quantile === null ? '' : `at ${Math.round(100 * row.quantile)} % · `}{row.sampleId}</span></figcaption>
    </figure>
  );
}

const boxWords = { exact: 'What the unit sees', effective: 'The part that moves the unit, which sees all of the picture', whole: 'All that the model saw, as the unit does' } as const;

/** Where in the whole picture the part lies. */
function Where({ row: { box, boxKind, pictureWidth: width, pictureHeight: height } }: { readonly row: ExemplarRow }) {
  if (width < 1 || height < 1) return null;
  const words = `${boxWords[boxKind]}: ${box.x0}–${box.x1} × ${box.y0}–${box.y1} of ${width} × ${height} pixels`;
  return (
    <svg class="where" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={words} preserveAspectRatio="xMidYMid meet">
      <title>{words}</title>
      <rect class="where-picture" x="0" y="0" width={width} height={height} />
      <rect class="where-part" x={Math.max(0, box.x0)} y={Math.max(0, box.y0)} width={Math.max(1, Math.min(width, box.x1) - Math.max(0, box.x0))} height={Math.max(1, Math.min(height, box.y1) - Math.max(0, box.y0))} />
    </svg>
  );
}
