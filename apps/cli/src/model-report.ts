import type { ModelFacts } from '@neuron-atlas/spec';

/** What a model is and what stands in the way of its gradients. */
export interface ModelReport {
  readonly facts: ModelFacts;
  /** The model as one self-contained file; its sha256 is `facts.sha256`. */
  readonly content: Uint8Array;
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
