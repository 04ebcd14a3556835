/** A picture of one channel, 0..1. */
export interface Luminance {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** What a picture's light is to people: Rec. 601 luma of u8[height, width, channels]; of one channel, that. */
export function luminanceOf({ data, width, height, channels }: { readonly data: Uint8Array; readonly width: number; readonly height: number; readonly channels: number }): Luminance {
  return {
    width, height,
    data: Float32Array.from({ length: width * height }, (_, i) => (channels < 3 ? data[i * channels]!
      : 0.299 * data[i * channels]! + 0.587 * data[i * channels + 1]! + 0.114 * data[i * channels + 2]!) / 255),
  };
}

/** The side of the largest windows: rings from 1 to 32 cycles a window. */
const mostSide = 64;

/** The window in which pictures of some sizes can all be measured: a power of two; undefined below 8 pixels. */
export function windowSide(sizes: readonly { readonly width: number; readonly height: number }[]): number | undefined {
  const least = Math.min(mostSide, ...sizes.flatMap(({ width, height }) => [width, height]));
  return least < 8 ? undefined : 2 ** Math.floor(Math.log2(least));
}

/**
 * Power by spatial frequency, all directions together: f64[side / 2], of 1 to side / 2 cycles a window.
 *
 * Windows of side × side overlap by half and are weighted by a Hann window, their power averaged (Welch 1967); rings are a cycle
 * wide. `side` is a power of two and at most the picture's.
 */
export function radialSpectrum({ width, height, data }: Luminance, side: number): Float64Array {
  const hann = Float64Array.from({ length: side }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / side));
  const rings = side / 2;
  const power = new Float64Array(rings);
  const counts = new Float64Array(rings);
  const [tops, lefts] = [starts(height, side), starts(width, side)];
  for (const top of tops) {
    for (const left of lefts) {
      const re = new Float64Array(side * side);
      let mean = 0;
      for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) mean += data[(top + y) * width + left + x]! / (side * side);
      for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) re[y * side + x] = (data[(top + y) * width + left + x]! - mean) * hann[y]! * hann[x]!;
      const im = new Float64Array(side * side);
      transform(re, im, side);
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const ring = Math.round(Math.hypot(y > rings ? y - side : y, x > rings ? x - side : x));
          if (ring < 1 || ring > rings) continue;
          power[ring - 1]! += re[y * side + x]! ** 2 + im[y * side + x]! ** 2;
          counts[ring - 1]! += 1;
        }
      }
    }
  }
  return power.map((sum, ring) => sum / counts[ring]!);
}

/** Window positions that overlap by half, and one at the end. */
function starts(length: number, side: number): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at + side < length; at += side / 2) found.push(at);
  return [...found, length - side];
}

/**
 * How far a picture's spectrum is from the data set's, in decades: the root of the mean over frequencies of (log10 P − log10 P_natural)².
 *
 * 0: as natural pictures on average; 1: ten times as much, or a tenth of, their power at a frequency, on the whole. Natural pictures have
 * spectra near 1/f² (van der Schaaf and van Hateren 1996); pictures from gradients have too much at high frequencies. Power below
 * 10⁻¹⁰ counts as that, so that a flat picture is far away and not infinitely so.
 */
export function spectrumDistance(picture: Float64Array, natural: Float64Array): number {
  const log = (power: number): number => Math.log10(Math.max(power, 1e-10));
  return Math.sqrt(picture.reduce((sum, power, i) => sum + (log(power) - log(natural[i]!)) ** 2, 0) / picture.length);
}

/** Fourier transform in two dimensions, in place: rows, then columns. */
function transform(re: Float64Array, im: Float64Array, side: number): void {
  for (let y = 0; y < side; y++) line(re, im, y * side, 1, side);
  for (let x = 0; x < side; x++) line(re, im, x, side, side);
}

/** Cooley and Tukey's transform of `length` values, a power of two, in place. */
function line(re: Float64Array, im: Float64Array, start: number, stride: number, length: number): void {
  for (let i = 1, j = 0; i < length; i++) {
    let bit = length >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const [a, b] = [start + i * stride, start + j * stride];
    [re[a], re[b]] = [re[b]!, re[a]!];
    [im[a], im[b]] = [im[b]!, im[a]!];
  }
  for (let size = 2; size <= length; size *= 2) {
    for (let k = 0; k < size / 2; k++) {
      const [c, s] = [Math.cos((2 * Math.PI * k) / size), -Math.sin((2 * Math.PI * k) / size)];
      for (let block = 0; block < length; block += size) {
        const [a, b] = [start + (block + k) * stride, start + (block + k + size / 2) * stride];
        const [x, y] = [re[b]! * c - im[b]! * s, re[b]! * s + im[b]! * c];
        [re[b], im[b]] = [re[a]! - x, im[a]! - y];
        [re[a], im[a]] = [re[a]! + x, im[a]! + y];
      }
    }
  }
}
