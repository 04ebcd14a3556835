/** The scores of an ascent as a line, with its first and last value in words. */
export function Trace({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length < 2) return null;
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const [width, height, inset] = [160, 36, 3];
  const x = (i: number): number => inset + ((width - 2 * inset) * i) / (values.length - 1);
  const y = (value: number): number => height - inset - ((height - 2 * inset) * (value - low)) / (high - low || 1);
  const line = values.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(Number.isFinite(value) ? value : low).toFixed(1)}`).join('');
  return (
    <svg class="trace" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label} preserveAspectRatio="none">
      <path class="trace-fill" d={`${line}L${x(values.length - 1)} ${height}L${x(0)} ${height}Z`} />
      <path class="trace-line" d={line} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
