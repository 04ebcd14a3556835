import { coloursOf } from './opacity.js';
import type { Canvas } from './prior.js';
import { colourRoot, largestColumnNorm } from './spectrum.js';

/** Black and white would lie infinitely far out: a picture is taken no nearer to them than this. */
const margin = 0.01;

/** What a sigmoid makes a picture of: f32[C, H, W] in 0..1 → logits, within those of 0.01 and 0.99. */
export const logitsOf = (picture: Float32Array): Float32Array => picture.map((value) => {
  const within = Math.min(1 - margin, Math.max(margin, value));
  return Math.log(within / (1 - within));
});

/** The planes that `recorrelate` makes three colours of: root⁻¹ · rgb for each pixel. f32[3, H, W] */
export function decorrelated(colours: Float32Array): Float32Array {
  const plane = colours.length / 3;
  const planes = new Float32Array(colours.length);
  for (let i = 0; i < plane; i++) {
    for (let row = 0; row < 3; row++) {
      planes[row * plane + i] = inverse[row]!.reduce((sum, entry, column) => sum + entry * colours[column * plane + i]!, 0);
    }
  }
  return planes;
}

/** The planes of a picture f32[C, H, W] as priors have them before `coloured` and the sigmoid. */
export function planesOf(picture: Float32Array, canvas: Canvas): Float32Array {
  const logits = logitsOf(picture);
  if (coloursOf(canvas) === 3) logits.set(decorrelated(logits.subarray(0, 3 * canvas.height * canvas.width)));
  return logits;
}

const root = colourRoot.map((row) => row.map((entry) => entry / largestColumnNorm));

/** root⁻¹, by cofactors. */
const inverse = ((m: readonly (readonly number[])[]): readonly (readonly number[])[] => {
  const minor = (row: number, column: number): number => {
    const [r, s] = [0, 1, 2].filter((i) => i !== row) as [number, number];
    const [c, d] = [0, 1, 2].filter((i) => i !== column) as [number, number];
    return m[r]![c]! * m[s]![d]! - m[r]![d]! * m[s]![c]!;
  };
  const sign = (row: number, column: number): number => ((row + column) % 2 === 0 ? 1 : -1);
  const determinant = [0, 1, 2].reduce((sum, column) => sum + sign(0, column) * m[0]![column]! * minor(0, column), 0);
  return [0, 1, 2].map((row) => [0, 1, 2].map((column) => (sign(row, column) * minor(column, row)) / determinant));
})(root);
