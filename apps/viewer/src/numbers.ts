/** A number for people: three digits that count, thousands apart. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value < 0) return `−${figure(-value)}`;
  const size = value;
  if (size >= 1000) return Math.round(value).toLocaleString('en-GB');
  if (size !== 0 && size < 0.001) return value.toExponential(1).replace('e-', '·10⁻').replace(/⁻(\d+)$/, (_, digits: string) => `⁻${[...digits].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`);
  return String(Number(value.toPrecision(3)));
}

export const count = (value: number): string => value.toLocaleString('en-GB');
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
export const percent = (part: number, of: number): string => (of === 0 ? '–' : `${Math.floor((100 * part) / of)} %`);

/** Bytes in decimal units. */
export function bytes(value: number): string {
  for (const [unit, size] of [['GB', 1e9], ['MB', 1e6], ['kB', 1e3]] as const) if (value >= size) return `${Number((value / size).toPrecision(3))} ${unit}`;
  return `${value} B`;
}
