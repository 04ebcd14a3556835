import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import type { Params, ParamValues, Plugin } from '@neuron-atlas/plugins';
import type { Canvas, Draws } from './prior.js';

/**
 * What stands between the picture and the model, another one at each step: a picture that holds only in one place is not
 * what the unit likes.
 *
 * The host draws a row of numbers a step from a seeded stream; the graph is standard, differentiable, and equal for all
 * rows of the batch.
 */
export interface Transform<P extends Params = Params> extends Plugin<P> {
  /** By how many pixels each side of what comes in lies beyond what goes out; negative where the transform adds a border. */
  readonly margin: (params: ParamValues<P>) => number;
  /** Pictures that the model sees for each one drawn; its scores are their means. @default 1 */
  readonly copies?: (params: ParamValues<P>) => number;
  /** A step's numbers. `step` counts from 1. */
  readonly draw: (ctx: { readonly draws: Draws; readonly params: ParamValues<P>; readonly step: number; readonly steps: number; readonly height: number; readonly width: number }) => readonly number[];
  /** The numbers that change nothing (but for the border cut or added), as many as `draw` gives. */
  readonly neutral: (ctx: { readonly params: ParamValues<P>; readonly height: number; readonly width: number }) => readonly number[];
  /** A table that is drawn once for the whole ascent, of which steps take windows. */
  readonly bank?: (ctx: { readonly params: ParamValues<P>; readonly channels: number; readonly height: number; readonly width: number }) => { readonly shape: readonly number[]; readonly fill: (draws: Draws) => number };
  /** `image` f32[N, C, H + 2·margin, W + 2·margin] → f32[N·copies, C, H, W], copies of a row side by side. `canvas` is H × W. */
  readonly build: (ctx: { readonly g: GraphBuilder; readonly image: Value; readonly row: Value; readonly bank: Value | undefined; readonly canvas: Canvas; readonly params: ParamValues<P> }) => Value;
}

export const defineTransform = <const P extends Params>(transform: Transform<P>): Transform<P> => transform;
