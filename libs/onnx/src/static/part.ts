import type { Node } from '../graph.js';
import type { Tensor } from '../tensor.js';

/** A piece of a model on its way to a static graph: nodes in order, and the constants they may read. */
export interface Part {
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Of the model: what the file is written with. */
  readonly opsets: ReadonlyMap<string, number>;
}
