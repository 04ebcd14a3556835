/** A float32 in as few digits as tell it from its neighbours, and with a point, so that it is not taken for an integer. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  let shortest = String(value);
  for (let digits = 1; digits <= 9; digits++) {
    const candidate = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(candidate)) === Math.fround(value)) {
      shortest = candidate;
      break;
    }
  }
  if (Object.is(value, -0)) return '-0.0';
  return /[.e]/.test(shortest) ? shortest : `${shortest}.0`;
}
