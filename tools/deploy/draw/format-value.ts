/** A value as Grafana writes it in a unit of its own; a unit that is not known here is a mistake in a dashboard or here. */
export function formatValue(unit: string, value: number): string {
  const format = formats[unit];
  if (format === undefined) throw new Error(`there is no unit ${unit}; known are ${Object.keys(formats).join(', ')}`);
  return format(value);
}

const scaled = (steps: readonly (readonly [least: number, suffix: string])[]) => (value: number): string => {
  const [size, suffix] = steps.findLast(([least]) => Math.abs(value) >= least) ?? steps[0]!;
  return `${digits(value / size)}${suffix}`;
};

/** Three significant digits, and no trailing zeros. */
const digits = (value: number): string => (Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3))));

const si = (unit: string) => scaled([[1, unit], [1e3, ` k${unit.trim()}`], [1e6, ` M${unit.trim()}`], [1e9, ` G${unit.trim()}`]]);
const binary = (unit: string) => scaled([[1, ` ${unit}`], [2 ** 10, ` Ki${unit}`], [2 ** 20, ` Mi${unit}`], [2 ** 30, ` Gi${unit}`]]);
const seconds = scaled([[1e-6, ' µs'], [1e-3, ' ms'], [1, ' s'], [60, ' min'], [3600, ' h'], [86_400, ' d']]);

const formats: Readonly<Record<string, (value: number) => string>> = {
  short: si(''),
  s: (value) => (value === 0 ? '0 s' : seconds(value)),
  percentunit: (value) => `${digits(value * 100)} %`,
  bytes: binary('B'),
  mbytes: (value) => binary('B')(value * 2 ** 20),
  Bps: si(' B/s'),
  ops: si(' ops/s'),
  reqps: si(' req/s'),
  watt: si(' W'),
};
