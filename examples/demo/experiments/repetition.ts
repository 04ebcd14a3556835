import { pictureSize } from '../model.js';

const nearest = 10, farthest = 32, step = 2;

/** How much a picture u8[64, 64, 3] repeats itself: the largest correlation of its light with itself, moved by 10 to 32 pixels any way; -1..1. */
export function repetition(pixels: Uint8Array): number {
  const light = Float64Array.from({ length: pictureSize * pictureSize }, (_, at) => 0.299 * pixels[3 * at]! + 0.587 * pixels[3 * at + 1]! + 0.114 * pixels[3 * at + 2]!);
  let most = -1;
  for (let down = 0; down <= farthest; down += step) {
    for (let right = -farthest; right <= farthest; right += step) {
      const way = Math.hypot(down, right);
      if (way >= nearest && way <= farthest) most = Math.max(most, moved(light, down, right));
    }
  }
  return most;
}

/** Correlation over the places that both have. */
function moved(light: Float64Array, down: number, right: number): number {
  let [n, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
  for (let y = 0; y < pictureSize - down; y++) {
    for (let x = Math.max(0, -right); x < pictureSize - Math.max(0, right); x++) {
      const p = light[y * pictureSize + x]!, q = light[(y + down) * pictureSize + x + right]!;
      n++; a += p; b += q; aa += p * p; bb += q * q; ab += p * q;
    }
  }
  const spread = Math.sqrt((aa - (a * a) / n) * (bb - (b * b) / n));
  return spread < 1e-9 ? 0 : (ab - (a * b) / n) / spread;
}
