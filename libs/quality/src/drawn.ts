/** `count` different ones in random order, all where there are no more: the first steps of a shuffle. `below`: a whole number, 0 to bound − 1, each equally likely. */
export function drawn<T>(from: readonly T[], count: number, below: (bound: number) => number): T[] {
  const left = [...from];
  for (let i = 0; i < Math.min(count, left.length); i++) {
    const at = i + below(left.length - i);
    [left[i], left[at]] = [left[at]!, left[i]!];
  }
  return left.slice(0, count);
}
