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
  /** Rows of one unit that stand together, one for each seed; 1 but for an objective that wants them so. @default 1 */
  readonly together?: number | undefined;
  /** Views of one picture that stand together as rows, one for each crop of a transform, within those. @default 1 */
  readonly copies?: number | undefined;
}

/** A score for every batch row, read from taps of the model. */
export interface Objective<P extends Params = Params> extends Plugin<P> {
  /** Whether it compares the pictures of a unit: those of all seeds are then made together, and change with the list of seeds. */
  readonly together?: boolean;
  /** `facets`: the ascent of each seed starts from another cluster of the unit's exemplars, so that the sweep must have exemplars. Absent: from the prior's own start. */
  readonly starts?: 'facets';
  /** The activations it reads, by ONNX value name; the composer exposes exactly these. */
  readonly taps: (target: Pick<Target, 'tensor'>) => readonly string[];
  /** Score per batch row, f32[N]; larger is better. Rows never mix, but those of one unit where `together` is set. */
  readonly build: (ctx: {
    readonly g: GraphBuilder;
    readonly target: Target;
    readonly params: ParamValues<P>;
    readonly tap: (name: string) => Value;
    /** The content of a file that a param names. */
    readonly file: (param: string) => Uint8Array;
    /** What the model makes of the picture that a param names: its activations, as `tap` gives those of the pictures that are made. */
    readonly pictured: (param: string) => (name: string) => Value;
  }) => Value;
}

export const defineObjective = <const P extends Params>(objective: Objective<P>): Objective<P> => objective;
