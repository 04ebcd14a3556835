import type { GraphBuilder, Runtime, Value } from '@neuron-atlas/onnx';
import type { Params, ParamValues, Plugin, PluginChoice } from '@neuron-atlas/plugins';

/** The pictures that a prior makes: a batch of N, C channels, H × W pixels. */
export interface Canvas {
  readonly batch: number;
  readonly channels: number;
  /** Whether the last of them is opacity, behind the colours. @default false */
  readonly alpha?: boolean | undefined;
  readonly height: number;
  readonly width: number;
  /** For each channel the value of a picture that the model sees as zero. @default 0.5 */
  readonly neutral?: readonly number[] | undefined;
}

/** The neutral value of a channel. */
export const neutralOf = ({ neutral }: Pick<Canvas, 'neutral'>, channel: number): number => neutral?.[channel] ?? 0.5;

/** What goes with a prior unless the spec says otherwise: all that an ascent is put together from. */
export interface RecipeParts {
  readonly regularisers?: readonly PluginChoice[];
  readonly transforms?: readonly PluginChoice[];
  readonly optimiser?: PluginChoice;
  readonly schedule?: PluginChoice;
  readonly learningRate?: number;
  /** Which picture of the ascent is kept. */
  readonly keep?: 'last' | 'best';
}

/** Uniform and normal draws from one seeded stream. */
export interface Draws {
  /** A whole number in 0..bound−1. */
  below(bound: number): number;
  /** In [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/** The content of a file that a param names. */
export type ReadFile = (param: string) => Uint8Array;

/**
 * A parameterisation latent → picture, with the step that keeps the latent within what it may be.
 *
 * All that it emits is standard ONNX, differentiable by libs/autodiff, and independent from row to row of the batch.
 */
export interface Prior<P extends Params = Params, S = unknown> extends Plugin<P> {
  readonly recipe: RecipeParts;
  /** `picture`: the latent has the shape of the picture and is its pixels, so that it may be blurred or cut like one. */
  readonly space: 'picture' | 'other';
  /** Whether its pictures have an alpha channel with these params: what full opacity costs, as a share of the score; 0 or absent: none. */
  readonly opacity?: (ctx: { readonly params: ParamValues<P> }) => number;
  /** What is made of files before anything is built: a generator's graph with known shapes, a decoded spectrum. */
  readonly prepare?: (ctx: { readonly canvas: Canvas; readonly params: ParamValues<P>; readonly file: ReadFile; readonly runtime: Runtime }) => Promise<S>;
  /** The latent's shape, batch first. */
  readonly latent: (ctx: { readonly canvas: Canvas; readonly params: ParamValues<P>; readonly prepared: S }) => readonly number[];
  /** latent → picture f32[N, C, H, W] in 0..1 */
  readonly build: (ctx: { readonly g: GraphBuilder; readonly latent: Value; readonly canvas: Canvas; readonly params: ParamValues<P>; readonly prepared: S }) => Value;
  /** Added to the gradient before the optimiser sees it: where a prior has a pull of its own that is no score. */
  readonly guide?: (ctx: { readonly g: GraphBuilder; readonly latent: Value; readonly image: Value; readonly canvas: Canvas; readonly params: ParamValues<P>; readonly prepared: S }) => Value;
  /** The latent after optimiser and regularisers, e.g. clipped. `step` (f32 scalar) counts the steps taken, from 1. */
  readonly constrain?: (ctx: { readonly g: GraphBuilder; readonly latent: Value; readonly step: Value; readonly canvas: Canvas; readonly params: ParamValues<P>; readonly prepared: S }) => Value;
  /** The starting latent of one row. Random numbers only from the draws: same seed, same start. */
  readonly init: (ctx: { readonly size: number; readonly normal: () => number; readonly uniform: () => number; readonly canvas: Canvas; readonly params: ParamValues<P>; readonly file: ReadFile }) => Float32Array;
  /** The latent of one row whose picture is a given one, f32[C, H, W] in 0..1, as near as the prior comes to it; absent where it cannot begin at any picture. */
  readonly startAt?: (ctx: { readonly picture: Float32Array; readonly canvas: Canvas; readonly params: ParamValues<P> }) => Float32Array;
}

export const definePrior = <const P extends Params, S = undefined>(prior: Prior<P, S>): Prior<P, S> => prior;
