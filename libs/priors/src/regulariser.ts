import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import type { Params, ParamValues, Plugin } from '@neuron-atlas/plugins';
import type { Canvas } from './prior.js';

/**
 * What keeps an ascent natural whatever the prior: a penalty that is taken from the score, or a step that changes the latent
 * after the optimiser.
 */
export interface Regulariser<P extends Params = Params> extends Plugin<P> {
  /** `picture`: works on latents that are pixels only. */
  readonly space: 'picture' | 'any';
  /** Taken from the score, f32[N]. */
  readonly penalty?: (ctx: { readonly g: GraphBuilder; readonly image: Value; readonly latent: Value; readonly canvas: Canvas; readonly params: ParamValues<P> }) => Value;
  /** The latent after a step; `gradient` is that of the step, `step` (f32 scalar) counts the steps taken, from 1. */
  readonly after?: (ctx: { readonly g: GraphBuilder; readonly latent: Value; readonly gradient: Value; readonly step: Value; readonly canvas: Canvas; readonly params: ParamValues<P> }) => Value;
}

export const defineRegulariser = <const P extends Params>(regulariser: Regulariser<P>): Regulariser<P> => regulariser;
