import type { Attributes } from '../attribute.js';
import type { DType } from '../dtype.js';
import type { Node } from '../graph.js';
import type { Tensor } from '../tensor.js';

/** One change of an operator's form between two versions of ai.onnx. */
export interface OpChange {
  readonly ops: readonly string[];
  /** The opset that brought the new form; nodes of earlier opsets are rewritten where the graph comes to that opset. Infinity: always. */
  readonly since: number;
  /** The node in the form of `since`, perhaps as several; the last makes the values that the node made. */
  readonly upgrade: (node: Node, context: UpgradeContext) => readonly Node[];
}

export const defineChange = (change: OpChange): OpChange => change;

/** What a change may know of the graph around its node, and make in it. */
export interface UpgradeContext {
  /** A new constant; gives its name. */
  readonly constant: (value: Tensor) => string;
  /** A new i64[n] constant; 2^63 stands for the largest number there is, as files have it. */
  readonly ints: (values: readonly number[]) => string;
  /** A new node that makes one value. */
  readonly emit: (op: string, inputs: readonly string[], attrs?: Attributes, output?: string) => Node;
  /** The constant of that name, if it is one. */
  readonly constantOf: (name: string | undefined) => Tensor | undefined;
  /** As far as it can be told without running the graph. */
  readonly rankOf: (name: string | undefined) => number | undefined;
  readonly dtypeOf: (name: string | undefined) => DType | undefined;
  /** Whether anything reads the value. */
  readonly isRead: (name: string | undefined) => boolean;
  /** An error that names the node. */
  readonly refuse: (node: Node, reason: string) => Error;
}

/** The attributes without some of them. */
export const without = (attrs: Attributes, ...names: readonly string[]): Attributes =>
  Object.fromEntries(Object.entries(attrs).filter(([name]) => !names.includes(name)));
