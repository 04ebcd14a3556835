import type { Attributes, Node, Tensor } from '@neuron-atlas/onnx';

/** A tensor whose shape the file itself gives: a weight, or an input of fixed size. */
export type Shaped = Pick<Tensor, 'dtype' | 'shape'>;

/** What a repair may ask of the graph around a node, and how it makes what it puts there. */
export interface Repairing {
  readonly shaped: (name: string | undefined) => Shaped | undefined;
  /** The tensor behind an initialiser. */
  readonly known: (name: string | undefined) => Tensor | undefined;
  /** The name of a new initialiser. */
  readonly constant: (value: Tensor) => string;
  /** A node before the one returned, whose one output has the name given back; with its shape where a later repair may ask for it. */
  readonly emit: (op: string, inputs: readonly string[], attrs?: Attributes, made?: Shaped) => string;
}

/**
 * Another form of a node that the WebGPU provider of ONNX Runtime 1.30 computes wrongly without a word; undefined where it
 * is right as it stands.
 */
export interface Repair {
  readonly op: string;
  readonly repair: (node: Node, around: Repairing) => Node | undefined;
}
