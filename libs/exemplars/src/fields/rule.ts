import type { Attributes, Node, Tensor } from '@neuron-atlas/onnx';
import type { Reads } from './span.js';

export interface FieldContext {
  readonly node: Node;
  readonly attrs: Attributes;
  /** Shape of an input; empty where it is left out. */
  readonly input: (index: number) => readonly number[];
  /** Shape of an output. */
  readonly output: (index: number) => readonly number[];
  /** An input that does not change with the picture. */
  readonly constant: (index: number) => Tensor | undefined;
}

/** One step from a node's input to its output: how each axis is read, or the same elements in another shape. */
export type FieldStep = readonly Reads[] | { readonly reshape: readonly number[] };

/** How the outputs of some operators see one of their inputs. */
export interface FieldRule {
  readonly ops: readonly string[];
  /** The steps from input `input` to output `output`, in order; undefined where it cannot be told: then all is seen from everywhere. */
  readonly steps: (ctx: FieldContext, input: number, output: number) => readonly FieldStep[] | undefined;
}

export const defineField = (rule: FieldRule): FieldRule => rule;
