import type { GraphBuilder, Value } from '@neuron-atlas/onnx';

/** One setting of an objective: its default, what it means with unit and range, and what it may be. */
export interface ObjectiveParam {
  readonly default: number;
  readonly doc: string;
  readonly check: (value: number) => boolean;
}
export type ObjectiveParams = Readonly<Record<string, ObjectiveParam>>;

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
export interface Objective<P extends ObjectiveParams = ObjectiveParams> {
  readonly name: string;
  /** Raised when the formula changes; part of every result's key. */
  readonly version: number;
  readonly summary: string;
  /** The publication or code that it follows. */
  readonly source: string;
  readonly params: P;
  /** The activations it reads, by ONNX value name; the composer exposes exactly these. */
  readonly taps: (target: Pick<Target, 'tensor'>) => readonly string[];
  /** Score per batch row, f32[N]; larger is better. Rows never mix. */
  readonly build: (ctx: {
    readonly g: GraphBuilder;
    readonly target: Target;
    readonly params: { readonly [K in keyof P]: number };
    readonly tap: (name: string) => Value;
  }) => Value;
}

export const defineObjective = <const P extends ObjectiveParams>(objective: Objective<P>): Objective<P> => objective;
