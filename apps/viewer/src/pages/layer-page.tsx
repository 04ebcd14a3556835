import type { UnitRow } from '@neuron-atlas/atlas';
import { noMeasures } from '@neuron-atlas/atlas';
import { unitsOf, type OpenLayer } from '../data/atlas.js';
import { showable, shownPicture, type Shown } from '../data/layer-pictures.js';
import { useLoaded } from '../data/use-loaded.js';
import { count, counted, figure, percent } from '../numbers.js';
import { usePage } from '../page-context.js';
import { LayerTools, type WallSettings } from '../parts/layer-tools.js';
import { Failure, Notice, Waiting } from '../parts/notice.js';
import { Picture } from '../parts/picture.js';
import { Wall } from '../parts/wall.js';
import { layerLink, unitLink } from '../router.js';
import { inOrder, ordersOf, withHealth } from '../unit-orders.js';

/** All units of a layer as a wall of pictures, in the order and the selection that the address names. */
export function LayerPage({ layer: id, query }: { readonly layer: string; readonly query: URLSearchParams }) {
  const { atlas } = usePage();
  const loaded = useLoaded(async () => {
    const layer = await atlas.layer(id);
    const table = await layer.allUnits().then((rows) => ({ rows, problem: undefined }), (problem: unknown) => ({ rows: [], problem }));
    return { layer, ...table };
  }, [atlas, id]);
  if (loaded.state === 'loading') return <Waiting what={`layer ${id}`} />;
  if (loaded.state === 'failed') return <Failure error={loaded.error} what={`Layer ${id} could not be opened`} />;
  return <Layer {...loaded.value} query={query} />;
}

interface LayerProps { readonly layer: OpenLayer; readonly rows: readonly UnitRow[]; readonly problem: unknown; readonly query: URLSearchParams }

function Layer({ layer, rows: table, problem, query }: LayerProps) {
  const { atlas } = usePage();
  const { index } = layer;
  const { layer: { id, op, units, healthy, flagged }, facts, before, after, progress } = index;
  // While the units table is not there, the pictures are: every planned unit gets its tile.
  const rows = table.length > 0 ? table : unitsOf(index.layer.selected).map((unit): UnitRow => ({ layer: id, unit, health: [], reason: '', scoreStart: null, score: null, bestScores: [], ...noMeasures }));
  const shows = showable(layer);
  const settings = settingsOf(query, shows.map(({ shown }) => shown));
  // Scores are of a view; under natural pictures, of the first one.
  const view = typeof settings.shown === 'number' ? settings.shown : 0;
  const orders = ordersOf(rows, view);
  const order = orders.find(({ name }) => name === settings.sort) ?? orders[0]!;
  const shown = inOrder(withHealth(rows, settings.health), order, view);
  return (
    <>
      <div class="hero hero-layer">
        <p class="eyebrow">Layer · {op}{facts === null || facts.shape.length === 0 ? '' : ` · ${facts.shape.slice(1).join(' × ')}`}</p>
        <div class="hero-row">
          <h1>{id}</h1>
          <nav class="neighbours" aria-label="Neighbouring layers">
            {before === null ? <span /> : <a class="button" href={layerLink(before)} rel="prev">← {before}</a>}
            {after === null ? <span /> : <a class="button" href={layerLink(after)} rel="next">{after} →</a>}
          </nav>
        </div>
        <p class="lead">{counted(units, 'unit')}{healthy + flagged === 0 ? '' : flagged === 0 ? ', all healthy' : `, ${percent(healthy, healthy + flagged)} healthy`}{receptive(facts?.receptiveField)}.</p>
      </div>
      {facts?.blockedReason == null ? null : <Notice kind="broken" title="No pictures can be climbed to here"><p>No gradient reaches the input from this layer: {facts.blockedReason}.</p></Notice>}
      {problem === undefined ? null : <Failure error={problem} what="The table of this layer's units could not be read: scores and health are missing below" />}
      {progress === undefined ? null : <Notice kind="partial" title={`${percent(progress.done, progress.planned)} of this layer's pictures are here`}>The sweep still runs.</Notice>}
      <LayerTools settings={settings} orders={orders} order={order} rows={rows} shows={shows} shown={shown.length} />
      {shown.length === 0
        ? <Notice kind="empty" title="No unit fits">None of the {count(rows.length)} units of this layer has what the filter asks for.</Notice>
        : (
          <Wall items={shown} keyOf={({ unit }) => unit} linkOf={({ unit }) => unitLink(id, unit)} tile={settings.tile} label={`Units of ${id}`}
            labelOf={(row) => `Unit ${row.unit}${row.health.length > 0 ? `, ${row.health.join(', ')}` : ''}${order.isShown === false ? '' : `, ${order.words.toLowerCase()} ${figure(order.value(row, view))}`}`}>
            {(row) => (
              <>
                <Picture request={shownPicture(atlas, layer, row, settings.shown)} alt="" />
                <span class="tile-text" aria-hidden="true"><span>{row.unit}</span>{order.isShown === false ? null : <span class="tile-value">{figure(order.value(row, view))}</span>}{row.health.length > 0 ? <span class="dot" title={row.health.join(', ')} /> : null}</span>
              </>
            )}
          </Wall>
        )}
    </>
  );
}

function settingsOf(query: URLSearchParams, shows: readonly Shown[]): WallSettings {
  const tile = Number(query.get('tile') ?? 112);
  return {
    shown: shows.find((shown) => String(shown) === query.get('view')) ?? shows[0] ?? 0,
    sort: query.get('sort') ?? 'unit',
    health: query.get('health') ?? 'all',
    tile: tile >= 48 && tile <= 320 ? tile : 112,
  };
}

function receptive(field: { readonly size: readonly number[] } | null | undefined): string {
  return field == null || field.size.length < 2 ? '' : `; each position sees ${field.size.join(' × ')} pixels of the input`;
}
