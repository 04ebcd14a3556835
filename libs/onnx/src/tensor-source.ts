import type { Graph } from './graph.js';

/**
 * Tensors up to this size are read at once and are in memory like any others: of a model with thousands of biases and
 * scales they come to some tens of megabytes, and code that looks at their numbers does not go to the disk for each.
 */
export const readAtOnceBytes = 2 ** 16;

/** Where the numbers of a tensor are that are not in memory: weights of a model that does not fit into one file. */
export type TensorSource =
  | FileRange     // in a file, as the ONNX format keeps external data
  | ComputedFrom; // what a graph makes of such tensors; a file has that graph's nodes in the place of the numbers

export interface FileRange {
  readonly kind: 'file';
  /** Absolute, and no link. */
  readonly path: string;
  /** In bytes. */
  readonly offset: number;
  readonly length: number;
}

export interface ComputedFrom {
  readonly kind: 'nodes';
  /** Of one output and no input; its constants may have sources themselves. */
  readonly graph: Graph;
}
