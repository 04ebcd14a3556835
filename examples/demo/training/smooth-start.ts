import type { Init } from '@neuron-atlas/training';

/**
 * Smooth noise for filters that look at pixels, [units, channels, k, k]: mostly grey, blurred by 1-2-1 each way.
 *
 * Of white noise, training changes what it needs and leaves the rest standing: filters then stay speckled for good.
 */
export const smoothStart: Init = (shape, normal) => {
  const [u, c, k] = shape as [number, number, number];
  const weights = new Float32Array(u * c * k * k);
  for (let unit = 0; unit < u; unit++) {
    const grey = Array.from({ length: k * k }, normal);
    for (let channel = 0; channel < c; channel++) {
      const own = grey.map((value) => value + 0.7 * normal());
      const smooth = blurred(blurred(own, k, 1), k, k);
      smooth.forEach((value, at) => { weights[(unit * c + channel) * k * k + at] = value * Math.sqrt(2 / (c * k * k)); });
    }
  }
  return weights;
};

/** Each value and its two neighbours along one axis in the ratio 1 : 2 : 1, with zeros beyond the edge. */
function blurred(values: readonly number[], side: number, step: number): number[] {
  return values.map((value, at) => {
    const place = step === 1 ? at % side : Math.floor(at / side);
    const before = place > 0 ? values[at - step]! : 0, after = place < side - 1 ? values[at + step]! : 0;
    return (before + 2 * value + after) / 4;
  });
}
