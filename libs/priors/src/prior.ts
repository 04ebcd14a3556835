import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import type { Params, ParamValues } from './params.js';

/** The pictures that a prior makes: a batch of N, C channels, H × W pixels. */
export interface Canvas {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * A parameterisation latent → picture, with the steps that keep the latent natural.
 *
 * All that it emits is standard ONNX, differentiable by libs/autodiff, and independent from row to row of the batch.
 */
export interface Prior<P extends Params = Params> {
  readonly name: string;
  /** Raised when the same params no longer give the same picture; part of every result's key. */
  readonly version: number;
  readonly summary: string;
  /** The publication or code that it follows. */
  readonly source: string;
  readonly params: P;
  /** The latent's shape, batch first. */
  readonly latent: (ctx: { readonly canvas: Canvas; readonly params: ParamValues<P> }) => readonly number[];
  /** latent → picture f32[N, C, H, W] in 0..1 */
  readonly build: (ctx: { readonly g: GraphBuilder; readonly latent: Value; readonly canvas: Canvas; readonly params: ParamValues<P> }) => Value;
  /** The latent after an optimiser step, e.g. shrunk or blurred. `step` (f32 scalar) counts the steps taken, from 1. */
  readonly constrain?: (ctx: { readonly g: GraphBuilder; readonly latent: Value; readonly step: Value; readonly canvas: Canvas; readonly params: ParamValues<P> }) => Value;
  /** Pixels by which the canvas is shifted at random at each step, at most, each way. */
  readonly jitter: (params: ParamValues<P>) => number;
  /** The starting latent of one row. Standard normal draws only through `normal`: same seed, same start. */
  readonly init: (ctx: { readonly size: number; readonly normal: () => number; readonly params: ParamValues<P> }) => Float32Array;
}

export const definePrior = <const P extends Params>(prior: Prior<P>): Prior<P> => prior;
