import { halfWidth } from './spectrum.js';

/**
 * The half-plane coefficients that `inverseFft` makes planes of: X[u, v] = Σ_h Σ_w x[h, w] e^{−2πi (uh/H + vw/W)}.
 *
 * On the host, in float64, as two passes. f32[C, H, W] → f32[C, 2H (re over im), W/2+1]
 */
export function forwardFft(planes: Float32Array, { channels, height, width }: { readonly channels: number; readonly height: number; readonly width: number }): Float32Array {
  const half = halfWidth(width);
  const out = new Float32Array(channels * 2 * height * half);
  const [along, down] = [turns(width), turns(height)];
  const [re, im] = [new Float64Array(height * half), new Float64Array(height * half)];
  for (let c = 0; c < channels; c++) {
    for (let h = 0; h < height; h++) {
      for (let v = 0; v < half; v++) {
        let [real, imaginary] = [0, 0];
        for (let w = 0; w < width; w++) {
          const value = planes[(c * height + h) * width + w]!;
          const turn = (v * w) % width;
          real += value * along.cos[turn]!;
          imaginary -= value * along.sin[turn]!;
        }
        re[h * half + v] = real;
        im[h * half + v] = imaginary;
      }
    }
    for (let u = 0; u < height; u++) {
      for (let v = 0; v < half; v++) {
        let [real, imaginary] = [0, 0];
        for (let h = 0; h < height; h++) {
          const turn = (u * h) % height;
          const [cos, sin] = [down.cos[turn]!, down.sin[turn]!];
          const [a, b] = [re[h * half + v]!, im[h * half + v]!];
          real += a * cos + b * sin;
          imaginary += b * cos - a * sin;
        }
        out[(c * 2 * height + u) * half + v] = real;
        out[(c * 2 * height + height + u) * half + v] = imaginary;
      }
    }
  }
  return out;
}

function turns(size: number): { readonly cos: Float64Array; readonly sin: Float64Array } {
  const angle = (i: number): number => (2 * Math.PI * i) / size;
  return { cos: Float64Array.from({ length: size }, (_, i) => Math.cos(angle(i))), sin: Float64Array.from({ length: size }, (_, i) => Math.sin(angle(i))) };
}
