import type { PixelBox, PixelSize } from './pixel-box.js';

/**
 * The share of a unit's squared gradient that an effective crop holds. On mobilenetv2 and vit_tiny such a crop, pasted on the mean colour, kept 0.78 to 1.41 of the activation
 * (docs/decisions/0036); the same share of absolute values takes up to twice the area.
 */
export const effectiveShare = 0.95;

/** Cells along an axis: a finer box costs the cube of it. */
const mostCells = 56;

/**
 * The smallest rectangle that holds a share of a map's mass, on a grid of at most 56 cells a side; undefined where the mass is 0.
 *
 * `mass` is f32[height, width], none of it below 0: libs/synthesis' `projectionMass` of a gradient. Of rectangles of one area the one with more mass is taken, then the upper, then the left one.
 */
export function effectiveBox(mass: Float32Array, size: PixelSize, share = effectiveShare): PixelBox | undefined {
  const [stepX, stepY] = [Math.ceil(size.width / mostCells), Math.ceil(size.height / mostCells)];
  const [columns, rows] = [Math.ceil(size.width / stepX), Math.ceil(size.height / stepY)];
  const sums = cellSums(mass, size, { columns, rows, stepX, stepY });
  const total = sums[(rows + 1) * (columns + 1) - 1]!;
  if (!(total > 0)) return undefined;
  // A rounding error short of the share is the share.
  const wanted = Math.min(share * total, total * (1 - 1e-12));
  let best: { readonly box: PixelBox; readonly area: number; readonly held: number } | undefined;
  for (let top = 0; top < rows; top++) {
    for (let bottom = top + 1; bottom <= rows; bottom++) {
      const held = (left: number, right: number): number => sums[bottom * (columns + 1) + right]! - sums[top * (columns + 1) + right]! - sums[bottom * (columns + 1) + left]! + sums[top * (columns + 1) + left]!;
      if (held(0, columns) < wanted) continue;
      for (let left = 0, right = 1; left < columns; left++) {
        while (right <= columns && held(left, right) < wanted) right++;
        if (right > columns) break;
        const box = { x0: left * stepX, y0: top * stepY, x1: Math.min(right * stepX, size.width), y1: Math.min(bottom * stepY, size.height) };
        const area = (box.x1 - box.x0) * (box.y1 - box.y0);
        const mass = held(left, right);
        if (best === undefined || area < best.area || (area === best.area && mass > best.held)) best = { box, area, held: mass };
      }
    }
  }
  return best?.box;
}

/** Sums of all cells above and to the left: f64[rows + 1, columns + 1]. */
function cellSums(mass: Float32Array, { width, height }: PixelSize, { columns, rows, stepX, stepY }: { readonly columns: number; readonly rows: number; readonly stepX: number; readonly stepY: number }): Float64Array {
  const sums = new Float64Array((rows + 1) * (columns + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) sums[(Math.floor(y / stepY) + 1) * (columns + 1) + Math.floor(x / stepX) + 1]! += mass[y * width + x]!;
  }
  for (let row = 1; row <= rows; row++) {
    for (let column = 1; column <= columns; column++) {
      const at = row * (columns + 1) + column;
      sums[at]! += sums[at - 1]! + sums[at - columns - 1]! - sums[at - columns - 2]!;
    }
  }
  return sums;
}
