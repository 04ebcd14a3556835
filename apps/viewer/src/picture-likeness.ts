/** A picture as numbers that do not depend on where in it something stands: colours, and directions of its edges at two scales. */
export type Description = Float32Array;

const side = 32;
const directions = 8;

/** Describes a picture, u8[side, side, 4]. Of length 1, so that a product of two is their likeness. */
export function describePicture(rgba: ArrayLike<number>, size = side): Description {
  const colours = new Float32Array(64);
  for (let i = 0; i < size * size; i++) colours[(rgba[i * 4]! >> 6) * 16 + (rgba[i * 4 + 1]! >> 6) * 4 + (rgba[i * 4 + 2]! >> 6)]!++;
  const light = Float32Array.from({ length: size * size }, (_, i) => (rgba[i * 4]! + rgba[i * 4 + 1]! + rgba[i * 4 + 2]!) / 3);
  const parts = [colours.map(Math.sqrt), edges(light, size, 1), edges(light, size, 3)].map(unitLength);
  return unitLength(Float32Array.from(parts.flatMap((part) => Array.from(part))));
}

/** How strong edges are in each direction, at a distance of so many pixels. */
function edges(light: Float32Array, size: number, step: number): Float32Array {
  const found = new Float32Array(directions);
  for (let y = step; y < size - step; y++) {
    for (let x = step; x < size - step; x++) {
      const dx = light[y * size + x + step]! - light[y * size + x - step]!;
      const dy = light[(y + step) * size + x]! - light[(y - step) * size + x]!;
      const turn = (Math.atan2(dy, dx) / Math.PI + 1) % 1;   // an edge has no front
      found[Math.min(directions - 1, Math.floor(turn * directions))]! += Math.hypot(dx, dy);
    }
  }
  return found;
}

function unitLength(values: Float32Array): Float32Array {
  const length = Math.hypot(...values) || 1;
  return values.map((value) => value / length);
}

/** 1 for the same description, towards 0 for nothing in common. */
export function likeness(a: Description, b: Description): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Decodes an encoded picture small and describes it. */
export async function describeEncoded(data: Uint8Array): Promise<Description> {
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(data)]), { resizeWidth: side, resizeHeight: side, resizeQuality: 'medium' });
  const draw = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true })!;
  draw.drawImage(bitmap, 0, 0);
  bitmap.close();
  return describePicture(draw.getImageData(0, 0, side, side).data);
}
