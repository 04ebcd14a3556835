import type { Model } from '@neuron-atlas/onnx';
import type { DataFile } from '@neuron-atlas/onnx/node';
import type { ModelFacts } from '@neuron-atlas/spec';

/** What a model is and what stands in the way of its gradients. */
export interface ModelReport {
  readonly facts: ModelFacts;
  /** As the file has it. */
  readonly model: Model;
  /** The model as one self-contained file, or, with `data`, the graph that refers to it; its sha256 is `facts.sha256`. */
  readonly content: Uint8Array;
  /** The weights of a model that does not fit into one file. */
  readonly data?: DataFile;
  readonly opset: number;
  readonly producer: string;
  /** Numbers in initialisers. */
  readonly parameters: number;
  /** By falling count, then by name. */
  readonly operators: readonly { readonly op: string; readonly count: number }[];
  readonly blocks: readonly Block[];
}

/** One obstacle, and the layers from which no gradient gets past it. */
export interface Block {
  readonly code: string;
  readonly message: string;
  readonly help: string;
  readonly layers: readonly string[];
}
