/** Every index of a shape, the last axis fastest. */
export function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>((all, size) => all.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])), [[]]);
}
