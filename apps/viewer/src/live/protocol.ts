import type { WebProvider } from '@neuron-atlas/synthesis/web';

/** What the page knows of a climb: from a picture's provenance, with what was changed. */
export interface ClimbSettings {
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly preprocess: unknown;
  readonly tensor: string;
  readonly unit: number;
  readonly prior: string;
  readonly priorParams: Readonly<Record<string, number | string>>;
  readonly objective: string;
  readonly objectiveParams: Readonly<Record<string, number | string>>;
  readonly size: number;
  /** Learning rate, regularisers, transforms, optimiser and schedule, as a view has them; empty for the prior's own. */
  readonly rest: Readonly<Record<string, unknown>>;
  readonly steps: number;
  readonly seed: number;
}

/** What the page asks of its worker. */
export type Ask =
  | { readonly kind: 'plugins' }
  | { readonly kind: 'climb'; readonly model: string; readonly provider: WebProvider; readonly settings: ClimbSettings }
  | { readonly kind: 'respond'; readonly model: string; readonly preprocess: unknown; readonly picture: ImageBitmap };

/** A picture as `Pixels` draws it: f32[C, H, W] in 0..1, C from 1 to 4. */
export interface Shown {
  readonly picture: Float32Array;
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** What the worker says; an ask ends with its `done`, or with `failed`. */
export type Told =
  | { readonly kind: 'phase'; readonly words: string }
  | { readonly kind: 'plugins'; readonly priors: readonly string[]; readonly objectives: readonly string[] }
  | { readonly kind: 'step'; readonly done: number; readonly score: number } & Shown
  | { readonly kind: 'climbed'; readonly scoreStart: number; readonly score: number; readonly trace: Float32Array; readonly seconds: number } & Shown
  | { readonly kind: 'responded'; /** By layer id. */ readonly responses: ReadonlyMap<string, { readonly mean: Float32Array; readonly max: Float32Array }> }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly help: string };

/** Asks may overlap: each answer names its question. */
export interface Question { readonly id: number; readonly ask: Ask }
export interface Answer { readonly id: number; readonly told: Told }
