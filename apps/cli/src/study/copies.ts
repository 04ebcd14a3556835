/** How often a unit answers in a picture. */
export interface Copies {
  /** Separate regions of the map in which it answers with at least half of its largest activation. */
  readonly count: number;
  /** The median way from a region's strongest place to that of the nearest other one, in the map's places; null where there is one alone. */
  readonly spacing: number | null;
}

/** Counts the regions of a unit's map f32[rows, columns], which meet at edges or corners; on a torus round the edge too. */
export function copiesIn(map: Float32Array, columns: number, torus: boolean): Copies {
  const rows = map.length / columns;
  const most = map.reduce((a, b) => Math.max(a, b), 0);
  if (!(most > 0)) return { count: 0, spacing: null };
  const taken = new Uint8Array(map.length);
  const peaks: number[] = [];
  for (let start = 0; start < map.length; start++) {
    if (taken[start] === 1 || map[start]! < most / 2) continue;
    let peak = start;
    const open = [start];
    taken[start] = 1;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (map[at]! > map[peak]!) peak = at;
      for (const next of around(at, rows, columns, torus)) {
        if (taken[next] === 1 || map[next]! < most / 2) continue;
        taken[next] = 1;
        open.push(next);
      }
    }
    peaks.push(peak);
  }
  const apart = (a: number, b: number, length: number): number => (torus ? Math.min(Math.abs(a - b), length - Math.abs(a - b)) : Math.abs(a - b));
  const nearest = peaks.map((peak, i) => Math.min(...peaks.flatMap((other, j) => (i === j ? []
    : [Math.hypot(apart(Math.floor(peak / columns), Math.floor(other / columns), rows), apart(peak % columns, other % columns, columns))]))));
  return { count: peaks.length, spacing: peaks.length < 2 ? null : nearest.sort((a, b) => a - b)[Math.floor(nearest.length / 2)]! };
}

function around(at: number, rows: number, columns: number, torus: boolean): readonly number[] {
  const [y, x] = [Math.floor(at / columns), at % columns];
  const found: number[] = [];
  for (const j of [-1, 0, 1]) for (const i of [-1, 0, 1]) {
    const [row, column] = torus ? [(y + j + rows) % rows, (x + i + columns) % columns] : [y + j, x + i];
    if (row >= 0 && row < rows && column >= 0 && column < columns) found.push(row * columns + column);
  }
  return found;
}
