import type { LayerKind, ModelFile } from '@neuron-atlas/onnx';
import type { Canvas } from '@neuron-atlas/priors';
import type { Preprocess, SynthesisView } from '@neuron-atlas/spec';
import { chooseRecipe, recipeRecord, type RecipeRecord } from './choose-recipe.js';
import { builtinPlugins, type Plugins } from './plugins.js';

/** A compiled ascent: an ONNX file and what a host must know to feed it. */
export interface Program extends ModelFile {
  readonly meta: ProgramMeta;
}

/**
 * Plain data, kept beside the program.
 *
 * Inputs: `trips` i64[], `units` i64[N], `latent`, `state.<name>` of the optimiser and `best` (the latent's shape),
 * `best_score` and `best_step` f32[N], `rows` f32[K, …] (rate, step, the optimiser's numbers), `draws` f32[K, …] (the
 * transforms' numbers, and behind them the background's of a picture with an alpha channel), `bank.<i>` of transforms that have one,
 * `background` of such a picture. Outputs: `next_…` of what is carried, `scores` f32[K, N]
 * and `gradients` f32[K, N] (before each step), `image` f32[N, C, H, W] in 0..1 (of the latent fed in).
 */
export interface ProgramMeta {
  readonly format: 2;
  readonly modelSha256: string;
  readonly tensor: string;
  /** Rows of a run: units, times `together`. */
  readonly batch: number;
  /** Rows of one unit that stand side by side, one for each seed; absent: 1. */
  readonly together?: number;
  /** Of the picture that is kept, an alpha channel behind its colours counted. */
  readonly channels: number;
  /** Of the picture that is kept. */
  readonly height: number;
  readonly width: number;
  /** Units of the layer. */
  readonly units: number;
  readonly latentShape: readonly number[];
  /** What the prior draws. */
  readonly canvas: Canvas;
  /** What the model sees. */
  readonly seen: { readonly height: number; readonly width: number };
  readonly recipe: RecipeRecord;
}

/** What a program is made from, without the model itself. */
export interface ProgramSource {
  readonly modelSha256: string;
  /** ONNX value name of the layer. */
  readonly tensor: string;
  /** What its units are and along which axis they lie. @default channels, along axis 1 */
  readonly kind?: LayerKind | undefined;
  readonly axis?: number | undefined;
  readonly view: SynthesisView;
  readonly preprocess: Preprocess;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
}

/** Raised when the compiler makes another program from the same source. */
const compilerVersion = 3;

/**
 * The content key of a program: sha256, hex, of all that decides its bytes, versions of every plugin among it, but for seeds
 * and steps, which are inputs. Files count by the content that their params name.
 */
export async function programKey(source: ProgramSource, runtimeVersion: string, plugins: Plugins = builtinPlugins): Promise<string> {
  const { view } = source;
  const recipe = chooseRecipe(view, plugins);
  const together = recipe.objective.plugin.together === true ? [view.seeds.length] : [];
  const text = JSON.stringify([
    compilerVersion, runtimeVersion, source.modelSha256, source.tensor, source.axis ?? 1, source.kind === 'head', source.input.name, source.input.shape,
    source.preprocess.mean, source.preprocess.std, source.preprocess.range, source.preprocess.color,
    recipeRecord(recipe), view.size, view.batch, ...together,
  ]);
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
