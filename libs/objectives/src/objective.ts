import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import type { Params, ParamValues, Plugin } from '@neuron-atlas/plugins';


/** What a program looks at: one layer, and in each batch row one of its channels. */
export interface Target {
  /** ONNX value name of the layer. */
  readonly tensor: string;
  /** f32[N, channels], 1 at each row's channel: known only when the program runs, so one program serves the layer. */
  readonly mask: Value;
  /** Whether a rectifier follows the layer: below zero the model then sees nothing of it. */
  readonly rectified: boolean;
}

/** A score for every batch row, read from taps of the model. */
export interface Objective<P extends Params = Params> extends Plugin<P> {
  /** The activations it reads, by ONNX value name; the composer exposes exactly these. */
  readonly taps: (target: Pick<Target, 'tensor'>) => readonly string[];
  /** Score per batch row, f32[N]; larger is better. Rows never mix. */
  readonly build: (ctx: {
    readonly g: GraphBuilder;
    readonly target: Target;
    readonly params: ParamValues<P>;
    readonly tap: (name: string) => Value;
    /** The content of a file that a param names. */
    readonly file: (param: string) => Uint8Array;
  }) => Value;
}

export const defineObjective = <const P extends Params>(objective: Objective<P>): Objective<P> => objective;
