import type { Judge } from './judge.js';
import { perceptOf, scaleOf, type Features, type Percept } from './similarity.js';

/** The first `count` pictures as a judge sees them, on the scale of these pictures. `batches`: each f32[judge.batch, C, height, width]. */
export async function perceptsOf(judge: Judge, batches: readonly Float32Array[], count: number): Promise<readonly Percept[]> {
  const features: Features[] = [];
  for (const [i, batch] of batches.entries()) features.push(...(await judge.read(batch, Math.min(judge.batch, count - i * judge.batch))));
  const scale = scaleOf(features);
  return features.map((of) => perceptOf(of, scale));
}
