import type { Params, ParamValues, Plugin } from '@neuron-atlas/plugins';

/** How the learning rate moves over an ascent. */
export interface Schedule<P extends Params = Params> extends Plugin<P> {
  /** The rate of step t (from 1) of `steps`. */
  readonly rate: (ctx: { readonly base: number; readonly t: number; readonly steps: number; readonly params: ParamValues<P> }) => number;
}

export const defineSchedule = <const P extends Params>(schedule: Schedule<P>): Schedule<P> => schedule;
