import type { UnitRow } from '@neuron-atlas/atlas';
import type { showable, Shown } from '../data/layer-pictures.js';
import { count } from '../numbers.js';
import { replaceQuery } from '../router.js';
import type { UnitOrder } from '../unit-orders.js';

export interface WallSettings {
  readonly shown: Shown;
  readonly sort: string;
  readonly health: string;
  readonly tile: number;
}

export interface LayerToolsProps {
  readonly settings: WallSettings;
  readonly orders: readonly UnitOrder[];
  readonly order: UnitOrder;
  readonly rows: readonly UnitRow[];
  readonly shows: ReturnType<typeof showable>;
  readonly shown: number;
}

/** What the wall shows and in which order; every choice is part of the address. */
export function LayerTools({ settings, orders, order, rows, shows, shown }: LayerToolsProps) {
  const flags = [...new Set(rows.flatMap(({ health }) => health))].sort();
  const flagged = rows.filter(({ health }) => health.length > 0).length;
  return (
    <div class="tools" role="group" aria-label="What the wall shows">
      {shows.length < 2 ? null : (
        <Choice name="view" words="Pictures" value={String(settings.shown)} fallback={String(shows[0]?.shown)} options={shows.map(({ shown: of, words }) => [String(of), words])} />
      )}
      <Choice name="sort" words="Order" value={order.name} fallback="unit" options={orders.map(({ name, words }) => [name, words])} />
      {flagged === 0 ? null : (
        <Choice name="health" words="Health" value={settings.health} fallback="all" options={[
          ['all', 'All units'], ['healthy', 'Healthy'], ['flagged', 'Flagged'], ...(flags.length > 1 ? flags.map((flag): [string, string] => [flag, flag]) : []),
        ]} />
      )}
      <label class="tool"><span>Size</span>
        <input type="range" min={56} max={280} step={8} value={settings.tile} onInput={(event) => replaceQuery({ tile: event.currentTarget.value === '112' ? undefined : event.currentTarget.value })} />
      </label>
      <p class="tools-count" role="status">{shown === rows.length ? `${count(shown)} units` : `${count(shown)} of ${count(rows.length)} units`}</p>
    </div>
  );
}

interface ChoiceProps { readonly name: string; readonly words: string; readonly value: string; readonly fallback: string; readonly options: readonly (readonly [string, string])[] }

function Choice({ name, words, value, fallback, options }: ChoiceProps) {
  return (
    <label class="tool"><span>{words}</span>
      <select value={value} onChange={(event) => replaceQuery({ [name]: event.currentTarget.value === fallback ? undefined : event.currentTarget.value })}>
        {options.map(([key, text]) => <option key={key} value={key}>{text}</option>)}
      </select>
    </label>
  );
}
