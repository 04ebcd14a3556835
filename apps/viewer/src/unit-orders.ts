import { healthFlags, type UnitRow } from '@neuron-atlas/atlas';

/** A way to put the units of a layer in order. */
export interface UnitOrder {
  readonly name: string;
  readonly words: string;
  readonly value: (row: UnitRow, view: number) => number | null;
  /** Whether the value says something under a tile. @default true */
  readonly isShown?: boolean;
  /** Largest first, else smallest. */
  readonly falling: boolean;
}

const scoreIn = (row: UnitRow, view: number): { readonly score: number; readonly scoreStart: number } | undefined => row.bestScores.find((best) => best.view === view);

const qualityIn = (row: UnitRow, view: number): NonNullable<UnitRow['viewQuality']>[number] | undefined => row.viewQuality?.find((one) => one.view === view);

/** Every order; {@link ordersOf} says which of them a layer has numbers for. */
const orders: readonly UnitOrder[] = [
  { name: 'unit', words: 'Unit number', value: ({ unit }) => unit, isShown: false, falling: false },
  { name: 'score', words: 'Score of the picture', value: (row, view) => scoreIn(row, view)?.score ?? null, falling: true },
  { name: 'gain', words: 'Gain of the ascent', value: (row, view) => { const best = scoreIn(row, view); return best === undefined ? null : best.score - best.scoreStart; }, falling: true },
  { name: 'ratio', words: 'Synthetic ÷ natural', value: (row, view) => { const best = scoreIn(row, view); return best === undefined || row.naturalMax === null || row.naturalMax === 0 ? null : best.score / row.naturalMax; }, falling: true },
  // Only where some unit is flagged: as many places from the gravest flag as there are, 0 for a healthy unit.
  { name: 'health', words: 'Gravest flag first', value: ({ health }) => (health.length === 0 ? 0 : healthFlags.length - Math.min(...health.map((flag) => healthFlags.indexOf(flag)))), isShown: false, falling: true },
  { name: 'interpretable', words: 'Interpretability', value: ({ interpretability }) => interpretability, falling: true },
  { name: 'distinct', words: 'Distinctness', value: ({ distinctness }) => distinctness, falling: true },
  { name: 'explains', words: 'Explained best', value: (row, view) => qualityIn(row, view)?.distinguishes ?? null, falling: true },
  { name: 'agreement', words: 'Agreement of seeds', value: (row, view) => qualityIn(row, view)?.seedAgreement ?? null, falling: true },
  { name: 'natural', words: 'Highest natural activation', value: ({ max }) => max, falling: true },
  { name: 'mean', words: 'Mean activation', value: ({ mean }) => mean, falling: true },
  { name: 'sparse', words: 'Sparsest first', value: ({ fractionActive }) => fractionActive, falling: false },
  { name: 'busy', words: 'Busiest first', value: ({ fractionActive }) => fractionActive, falling: true },
];

export function ordersOf(rows: readonly UnitRow[], view: number): readonly UnitOrder[] {
  return orders.filter(({ name, value }) => name === 'unit' || rows.some((row) => (name === 'health' ? row.health.length > 0 : value(row, view) !== null)));
}

/** Units in an order; those without a number come last, equal ones by their number. */
export function inOrder(rows: readonly UnitRow[], order: UnitOrder, view: number): readonly UnitRow[] {
  const keyed = rows.map((row) => ({ row, value: order.value(row, view) }));
  const sign = order.falling ? -1 : 1;
  const has = (value: number | null): value is number => value !== null && Number.isFinite(value);
  keyed.sort((a, b) => {
    if (has(a.value) !== has(b.value)) return has(a.value) ? -1 : 1;
    return (has(a.value) && has(b.value) ? sign * (a.value - b.value) : 0) || a.row.unit - b.row.unit;
  });
  return keyed.map(({ row }) => row);
}

/** Units by health: `all`, `healthy`, `flagged`, or one flag. */
export function withHealth(rows: readonly UnitRow[], wanted: string): readonly UnitRow[] {
  if (wanted === 'all') return rows;
  if (wanted === 'healthy') return rows.filter(({ health }) => health.length === 0);
  if (wanted === 'flagged') return rows.filter(({ health }) => health.length > 0);
  return rows.filter(({ health }) => (health as readonly string[]).includes(wanted));
}
