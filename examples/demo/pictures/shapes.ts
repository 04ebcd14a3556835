/**
 * Signed distance from a shape of radius 1 about the origin: negative inside, positive outside.
 *
 * Exact or a close lower bound near the edge, which is where it decides how much of a pixel is covered.
 */
type SignedDistance = (x: number, y: number) => number;

// Formulas after Inigo Quilez, "2D distance functions", written for radius 1.
const shapes = {
  disc: (x, y) => length(x, y) - 1,
  ring: (x, y) => Math.abs(length(x, y) - 0.74) - 0.26,
  crescent: (x, y) => Math.max(length(x, y) - 1, 0.82 - length(x - 0.52, y)),
  triangle: (x, y) => {
    // Equilateral, corners on the unit circle; three half planes at distance 1/2.
    const slanted = (Math.abs(x) * Math.sqrt(3) - y) / 2;
    return Math.max(y, slanted) - 0.5;
  },
  square: (x, y) => box(x, y, 0.8, 0.8),
  bar: (x, y) => box(x, y, 1.05, 0.36),
  star: (x, y) => {
    // Five points: fold the plane into one half sector, then the edge from the tip (1) to the notch (0.45).
    const sector = (2 * Math.PI) / 5;
    const angle = Math.atan2(y, x);
    const folded = Math.abs(angle - sector * Math.round(angle / sector));
    const r = length(x, y);
    const px = r * Math.cos(folded), py = r * Math.sin(folded);
    const nx = 0.45 * Math.cos(sector / 2), ny = 0.45 * Math.sin(sector / 2);
    const edge = length(nx - 1, ny);
    return ((px - 1) * ny - py * (nx - 1)) / edge;
  },
  cross: (x, y) => Math.min(box(x, y, 1, 0.34), box(x, y, 0.34, 1)),
} as const satisfies Readonly<Record<string, SignedDistance>>;

export type ShapeName = keyof typeof shapes;
export const shapeNames = Object.keys(shapes) as ShapeName[];

export function signedDistance(name: ShapeName): SignedDistance {
  return shapes[name];
}

function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** An axis-aligned box of these half sides. */
function box(x: number, y: number, halfWidth: number, halfHeight: number): number {
  const dx = Math.abs(x) - halfWidth, dy = Math.abs(y) - halfHeight;
  return length(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0);
}
