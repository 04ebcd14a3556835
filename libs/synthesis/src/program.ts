import { builtinObjectives, createObjectiveSet, type ObjectiveSet } from '@neuron-atlas/objectives';
import { builtinPriors, createPriorSet, type PriorSet } from '@neuron-atlas/priors';
import type { Preprocess, SynthesisView } from '@neuron-atlas/spec';

/** A compiled ascent: an ONNX file and what a host must know to feed it. */
export interface Program {
  readonly bytes: Uint8Array;
  readonly meta: ProgramMeta;
}

/**
 * Plain data, kept beside the program.
 *
 * Inputs: `trips` i64[], `units` i64[N], `latent`, `mean`, `square` (the latent's shape), `rows` f32[K, 4]
 * (`stepColumns`), `offsets` i64[K, 2] (row and column of the window on the canvas). Outputs: `next_latent`,
 * `next_mean`, `next_square`, `scores` f32[K, N] and `gradients` f32[K, N] (before each step), `image`
 * f32[N, C, H, W] in 0..1 (of the latent fed in).
 */
export interface ProgramMeta {
  readonly format: 1;
  readonly modelSha256: string;
  readonly tensor: string;
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Units of the layer. */
  readonly units: number;
  readonly latentShape: readonly number[];
  /** Largest shift each way, in pixels; an offset is 0 to 2 · jitter, and `jitter` itself is no shift. */
  readonly jitter: number;
  readonly learningRate: number;
  readonly prior: { readonly name: string; readonly version: number; readonly params: Readonly<Record<string, number>> };
  readonly objective: { readonly name: string; readonly version: number; readonly params: Readonly<Record<string, number>> };
}

/** What a program is made from, without the model itself. */
export interface ProgramSource {
  readonly modelSha256: string;
  /** ONNX value name of the layer. */
  readonly tensor: string;
  readonly view: SynthesisView;
  readonly preprocess: Preprocess;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
}

/** Raised when the compiler makes another program from the same source. */
const compilerVersion = 1;

/**
 * The content key of a program: sha256, hex, of all that decides its bytes, versions of prior and objective among it, but
 * for seeds and steps, which are inputs.
 */
export async function programKey(source: ProgramSource, runtimeVersion: string, plugins: { readonly priors?: PriorSet; readonly objectives?: ObjectiveSet } = {}): Promise<string> {
  const { view } = source;
  const { prior, params: priorParams } = (plugins.priors ?? createPriorSet(builtinPriors)).choose(view.prior, view.priorParams);
  const { objective, params: objectiveParams } = (plugins.objectives ?? createObjectiveSet(builtinObjectives)).choose(view.objective, view.objectiveParams);
  const text = JSON.stringify([
    compilerVersion, runtimeVersion, source.modelSha256, source.tensor, source.input.name, source.input.shape,
    source.preprocess.mean, source.preprocess.std, source.preprocess.range, source.preprocess.color,
    prior.name, prior.version, sorted(priorParams), objective.name, objective.version, sorted(objectiveParams), view.size, view.batch, view.learningRate,
  ]);
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const sorted = (params: Readonly<Record<string, number>>): readonly (readonly [string, number])[] =>
  Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
