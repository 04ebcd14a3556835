/** What the judge's layers make of a picture: for each layer the mean of every unit over its map, f32[units]. */
export type Features = readonly Float32Array[];

/** Mean and deviation of every feature over natural pictures. */
export interface FeatureScale {
  readonly mean: readonly Float64Array[];
  readonly std: readonly Float64Array[];
}

/** The scale of some natural pictures; undefined for fewer than two, which have no spread. */
export function scaleOf(pictures: readonly Features[]): FeatureScale | undefined {
  if (pictures.length < 2) return undefined;
  const mean = pictures[0]!.map(({ length }) => new Float64Array(length));
  const std = pictures[0]!.map(({ length }) => new Float64Array(length));
  for (const features of pictures) features.forEach((layer, l) => layer.forEach((value, i) => { mean[l]![i]! += value / pictures.length; }));
  for (const features of pictures) features.forEach((layer, l) => layer.forEach((value, i) => { std[l]![i]! += (value - mean[l]![i]!) ** 2 / pictures.length; }));
  return { mean, std: std.map((layer) => layer.map(Math.sqrt)) };
}

/** A picture as the judge compares it: each layer's features standardised and of length 1. */
export type Percept = readonly Float64Array[];

/**
 * z = (f − mean) / std by feature, then z / |z| by layer. A feature that no natural picture moves says nothing and is 0; a layer
 * without any that differs from the mean stays 0.
 */
export function perceptOf(features: Features, scale: FeatureScale | undefined): Percept {
  return features.map((layer, l) => {
    const z = Float64Array.from(layer, (value, i) => {
      if (scale === undefined) return Number.isFinite(value) ? value : 0;
      const deviation = scale.std[l]![i]!;
      const found = deviation > 1e-12 ? (value - scale.mean[l]![i]!) / deviation : 0;
      return Number.isFinite(found) ? found : 0;
    });
    const length = Math.sqrt(z.reduce((sum, value) => sum + value * value, 0));
    return length > 0 ? z.map((value) => value / length) : z;
  });
}

/**
 * How alike two pictures are to a network, -1..1: the mean over its layers of the cosine between their standardised features.
 *
 * After Zhang et al. 2018 (LPIPS: distances between unit-normalised activations of several layers), with maps averaged over their
 * places: it is of content, not of where it stands. Standardising takes the place of LPIPS' learnt weights.
 */
export function similarity(a: Percept, b: Percept): number {
  if (a.length === 0) return 0;
  let sum = 0; // loops, not reduce: pictures are compared by the million
  for (let l = 0; l < a.length; l++) {
    const one = a[l]!;
    const other = b[l]!;
    let dot = 0;
    for (let i = 0; i < one.length; i++) dot += one[i]! * other[i]!;
    sum += dot;
  }
  return sum / a.length;
}
