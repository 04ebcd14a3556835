/**
 * Lets the first `most` values of a label through and calls the rest `other`, so that a long life with many models does not
 * become as many time series.
 */
export function boundedLabel(most: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (!seen.has(value) && seen.size >= most) return 'other';
    seen.add(value);
    return value;
  };
}
