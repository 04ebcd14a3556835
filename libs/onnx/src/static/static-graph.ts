import type { DType } from '../dtype.js';
import type { Node } from '../graph.js';
import type { Tensor } from '../tensor.js';

export interface ValueType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A graph cut at some values, for one input size: every shape is a number, and what does not depend on the input is a constant. */
export interface StaticGraph {
  readonly opset: number;
  readonly input: ValueType & { readonly name: string };
  /** In topological order; each depends on the input's content. */
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Of the input, the initialisers and every node's outputs. */
  readonly types: ReadonlyMap<string, ValueType>;
  readonly outputs: readonly string[];
}
