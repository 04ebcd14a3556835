import type { UnitRow } from '@neuron-atlas/atlas';
import { median } from '../median.js';
import type { ShardTime } from './run-spec.js';

const columns = ['prior', 'reached ÷ natural', 'above natural', 'first in layer', 'explains', 'distinguishes', 'seeds agree', 'natural path', 'spectrum', 'seconds a picture'];

/** Views by name as a table in Markdown, a line for each, and what exemplars alone tell. */
export function compareTable(units: readonly UnitRow[], names: readonly string[], times: readonly ShardTime[]): readonly string[] {
  return [
    `| ${columns.join(' | ')} |`, `|${columns.map(() => '---|').join('')}`,
    ...names.map((name, view) => `| ${name} | ${summary(units, view, secondsOf(times, view)).join(' | ')} |`),
    '', `exemplars alone: interpretability ${share(units.map(({ interpretability }) => interpretability))}, distinctness ${share(units.map(({ distinctness }) => distinctness))}`,
  ];
}

/** What the table says of a view: medians of ratios, means of shares. */
function summary(rows: readonly UnitRow[], view: number, seconds: number): readonly string[] {
  const pictures = rows.flatMap(({ pictureQuality }) => (pictureQuality ?? []).filter((one) => one.view === view));
  const qualities = rows.flatMap(({ viewQuality }) => (viewQuality ?? []).filter((one) => one.view === view));
  const known = (values: readonly (number | null)[]): readonly number[] => values.filter((value) => value !== null);
  const over = known(pictures.map(({ overNatural }) => overNatural));
  return [
    middle(over), percent(over.filter((ratio) => ratio > 1).length / over.length), percent(pictures.filter(({ rank }) => rank === 1).length / known(pictures.map(({ rank }) => rank)).length),
    share(qualities.map(({ explains }) => explains)), share(qualities.map(({ distinguishes }) => distinguishes)), share(qualities.map(({ seedAgreement }) => seedAgreement)),
    middle(known(pictures.map(({ pathNaturalness }) => pathNaturalness))), middle(known(pictures.map(({ spectrumDistance }) => spectrumDistance))), (seconds / pictures.length).toFixed(2),
  ];
}

const middle = (values: readonly number[]): string => (values.length === 0 ? '–' : median(values).toFixed(2));
export const percent = (value: number): string => (Number.isFinite(value) ? `${(100 * value).toFixed(0)} %` : '–');
/** Mean of shares, with one standard error of it. */
function share(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return '–';
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  const error = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1) / known.length);
  return `${mean.toFixed(2)} ± ${error.toFixed(2)}`;
}

/** Seconds that all shards of a view took, compiling among them. */
const secondsOf = (times: readonly ShardTime[], view: number): number => times.reduce((sum, one) => sum + (one.view === view ? one.seconds : 0), 0);
