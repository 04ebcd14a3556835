/** Where a picture looks most like itself, moved. */
export interface PicturePeriod {
  /** Rows and columns by which it is moved, and the length of that way, in pixels. */
  readonly dy: number;
  readonly dx: number;
  readonly distance: number;
  /** Correlation of the picture with itself so moved, at most 1. */
  readonly correlation: number;
}

/** The largest side of the picture that is compared with itself; larger ones are averaged down. */
const mostSide = 96;

/**
 * The move, beyond the first in which a picture is still itself, at which it is most like itself; undefined where there is none.
 * Of moves that are about as good (nine tenths) it is the shortest.
 *
 * The picture f32[C, H, W] is taken in grey. On a torus it is moved round the edge, else what both have is compared, at least a half of each side.
 * A peak of the correlation that is not reached from no move at all without crossing 0 counts.
 */
export function picturePeriod(picture: Float32Array, size: { readonly channels: number; readonly height: number; readonly width: number }, torus: boolean): PicturePeriod | undefined {
  const { grey, height, width, block } = reduced(picture, size);
  const [down, across] = [Math.floor(height / 2), Math.floor(width / 2)];
  const correlations = new Map<string, number>();
  for (let dy = 0; dy <= down; dy++) for (let dx = -across; dx <= across; dx++) correlations.set(`${dy},${dx}`, correlation(grey, height, width, dy, dx, torus));
  const at = (dy: number, dx: number): number => correlations.get(dy < 0 ? `${-dy},${-dx}` : `${dy},${dx}`) ?? -Infinity;
  const own = ownLobe(at, down, across);
  const peaks: PicturePeriod[] = [];
  for (const [key, value] of correlations) {
    const [dy, dx] = key.split(',').map(Number) as [number, number];
    if (own.has(key) || value <= 0) continue;
    const peak = [-1, 0, 1].every((j) => [-1, 0, 1].every((i) => value >= at(dy + j, dx + i)));
    if (peak) peaks.push({ dy: dy * block, dx: dx * block, distance: Math.hypot(dy, dx) * block, correlation: value });
  }
  const most = peaks.reduce((best, { correlation: value }) => Math.max(best, value), 0);
  return peaks.filter(({ correlation: value }) => value >= 0.9 * most).sort((a, b) => a.distance - b.distance || b.correlation - a.correlation)[0];
}

/** Grey, its mean taken off, averaged over blocks so that no side is longer than is compared. */
function reduced(picture: Float32Array, { channels, height, width }: { readonly channels: number; readonly height: number; readonly width: number }): { readonly grey: Float64Array; readonly height: number; readonly width: number; readonly block: number } {
  const block = Math.ceil(Math.max(height, width) / mostSide);
  const [rows, columns] = [Math.floor(height / block), Math.floor(width / block)];
  const grey = new Float64Array(rows * columns);
  for (let c = 0; c < channels; c++) for (let y = 0; y < rows * block; y++) for (let x = 0; x < columns * block; x++) {
    grey[Math.floor(y / block) * columns + Math.floor(x / block)]! += picture[(c * height + y) * width + x]!;
  }
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  return { grey: grey.map((value) => value - mean), height: rows, width: columns, block };
}

function correlation(grey: Float64Array, height: number, width: number, dy: number, dx: number, torus: boolean): number {
  let [product, here, there] = [0, 0, 0];
  const [top, left, right] = [0, torus ? 0 : Math.max(0, -dx), torus ? width : Math.min(width, width - dx)];
  for (let y = top; y < (torus ? height : height - dy); y++) {
    for (let x = left; x < right; x++) {
      const a = grey[y * width + x]!;
      const b = grey[((y + dy) % height) * width + ((x + dx + width) % width)]!;
      product += a * b;
      here += a * a;
      there += b * b;
    }
  }
  return here === 0 || there === 0 ? 0 : product / Math.sqrt(here * there);
}

/** The moves from which none at all is reached over correlations above 0. */
function ownLobe(at: (dy: number, dx: number) => number, down: number, across: number): ReadonlySet<string> {
  const own = new Set(['0,0']);
  const open: (readonly [number, number])[] = [[0, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [j, i] of [[-1, 0], [1, 0], [0, -1], [0, 1]] as const) {
      const [dy, dx] = [next[0] + j, next[1] + i];
      const key = `${dy},${dx}`;
      if (dy < -down || dy > down || Math.abs(dx) > across || own.has(key) || at(dy, dx) <= 0) continue;
      own.add(key);
      open.push([dy, dx]);
    }
  }
  return own;
}
