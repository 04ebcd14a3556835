import { isAtlasError } from '@neuron-atlas/errors';
import type { LayerKind, Model, Runtime } from '@neuron-atlas/onnx';
import type { Preprocess } from '@neuron-atlas/spec';
import { compileProgram, openProgram, type Ascent, type PluginFiles } from '@neuron-atlas/synthesis';
import { startsFromPicture, waves, type Ready } from './combinations.js';

/** Where ascents of the matrix go: a layer of a network, and its side in pixels. */
export interface MatrixLayer {
  readonly model: Model;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly preprocess: Preprocess;
  readonly tensor: string;
  readonly kind?: LayerKind | undefined;
  readonly axis?: number | undefined;
  readonly size: number;
}

export interface Tried {
  readonly prior: string;
  readonly objective: string;
  /** What is wrong; empty where nothing is. */
  readonly faults: readonly string[];
  readonly scoreStart: number;
  readonly score: number;
  readonly seconds: number;
}

/**
 * Compiles a prior with an objective and takes some steps, twice from one seed: all scores and pixels must be finite, pixels within 0..1 to a
 * rounding (a generator alone may go beyond), the gradient must reach the latent, and both runs must give the same bytes.
 */
export async function tryCombination(prior: Ready, objective: Ready, { layer, steps, files, runtime }: { readonly layer: MatrixLayer; readonly steps: number; readonly files: PluginFiles; readonly runtime: Runtime }): Promise<Tried> {
  const begun = performance.now();
  const faults: string[] = [];
  let first: readonly Ascent[] = [];
  try {
    const program = await compileProgram({
      ...layer, runtime, files, modelSha256: '0'.repeat(64),
      view: { prior: prior.name, priorParams: prior.params, objective: objective.name, objectiveParams: objective.params, steps, size: layer.size, seeds: [0, 1], batch: 1 },
    });
    const climb = async (): Promise<readonly Ascent[]> => {
      await using ascender = await openProgram(runtime, program, { files });
      const { height, width } = ascender.meta.canvas;
      return await ascender.run({ units: [1], seed: 0, steps, chunk: steps, ...(startsFromPicture(objective) ? { starts: () => waves(height, width) } : {}) });
    };
    first = await climb();
    const again = await climb();
    for (const { score, scoreStart, trace, gradientNorm, image } of first) {
      if (![score, scoreStart, gradientNorm, ...trace].every(Number.isFinite)) faults.push('a score or gradient is not finite');
      if (gradientNorm === 0) faults.push('no gradient reaches the latent');
      if (!image.every(Number.isFinite)) faults.push('a pixel is not finite');
      else if (!madeByNetwork.has(prior.name) && image.some((pixel) => pixel < -1e-6 || pixel > 1 + 1e-6)) faults.push('a pixel is beyond 0..1');
    }
    if (!first.every(({ image, score }, i) => score === again[i]!.score && image.every((pixel, at) => pixel === again[i]!.image[at]))) faults.push('two runs from one seed differ');
  } catch (error) {
    if (!isAtlasError(error)) throw error;
    faults.push(`${error.code}: ${error.message}`);
  }
  return { prior: prior.name, objective: objective.name, faults, scoreStart: first[0]?.scoreStart ?? NaN, score: first[0]?.score ?? NaN, seconds: (performance.now() - begun) / 1000 };
}

/** Priors whose pictures are what a network makes, clipped only when they are written. */
const madeByNetwork: ReadonlySet<string> = new Set(['generator', 'ppgn']);
