import type { Random } from './random.js';

/** Smooth noise in 0..1 over the plane: two octaves of values on a lattice, joined by smoothsteps. */
export function valueNoise(random: Random, periodPixels: number): (x: number, y: number) => number {
  const lattice = Float32Array.from({ length: side * side }, () => random.next());
  const coarse = 1 / periodPixels, fine = 2 / periodPixels;
  return (x, y) => 0.7 * octave(lattice, x * coarse, y * coarse) + 0.3 * octave(lattice, x * fine + 7.3, y * fine + 3.1);
}

// A power of two: the lattice wraps by a mask. 16 cells cover a picture at the periods in use.
const side = 16;

function octave(lattice: Float32Array, x: number, y: number): number {
  const column = Math.floor(x), row = Math.floor(y);
  const u = smooth(x - column), v = smooth(y - row);
  const left = column & (side - 1), right = (column + 1) & (side - 1);
  const top = (row & (side - 1)) * side, bottom = ((row + 1) & (side - 1)) * side;
  const above = lattice[top + left]! + (lattice[top + right]! - lattice[top + left]!) * u;
  const below = lattice[bottom + left]! + (lattice[bottom + right]! - lattice[bottom + left]!) * u;
  return above + (below - above) * v;
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}
