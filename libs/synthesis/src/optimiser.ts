import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import type { Params, ParamValues, Plugin } from '@neuron-atlas/plugins';

/** One step of gradient *ascent* for all rows of a batch, which never mix. */
export interface Optimiser<P extends Params = Params> extends Plugin<P> {
  /** Names of the tensors that it carries from step to step, each of the latent's shape and 0 at the start. */
  readonly state: readonly string[];
  /** Numbers of step t (from 1) that depend on t alone: computed on the host, in float64. */
  readonly numbers: (params: ParamValues<P>, t: number) => readonly number[];
  /** `rate` is an f32 scalar, `numbers` f32 scalars. */
  readonly step: (ctx: {
    readonly g: GraphBuilder; readonly x: Value; readonly gradient: Value; readonly state: readonly Value[];
    readonly rate: Value; readonly numbers: readonly Value[]; readonly params: ParamValues<P>;
  }) => { readonly x: Value; readonly state: readonly Value[] };
}

export const defineOptimiser = <const P extends Params>(optimiser: Optimiser<P>): Optimiser<P> => optimiser;
