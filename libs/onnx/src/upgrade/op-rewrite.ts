import type { Attributes } from '../attribute.js';
import type { Node } from '../graph.js';
import type { UpgradeContext } from './op-change.js';

/** An operator written as others, all of ai.onnx and valid in opsets 18 to 22. */
export interface OpRewrite {
  /** '' is ai.onnx. */
  readonly domain: string;
  readonly ops: readonly string[];
  /** The opsets of ai.onnx in which the operator is rewritten. @default all */
  readonly opsets?: readonly [first: number, last: number];
  /** Writes the nodes; the values that the node made must come out under their names. */
  readonly rewrite: (node: Node, context: RewriteContext) => void;
}

export const defineRewrite = (rewrite: OpRewrite): OpRewrite => rewrite;

export interface RewriteContext extends UpgradeContext {
  /** The opset that the graph comes to: 18 to 22. */
  readonly target: number;
  /** Writes a node and gives the name of its value. */
  readonly write: (op: string, inputs: readonly string[], attrs?: Attributes, output?: string) => string;
  /** A scalar constant of the element type of a value. */
  readonly scalar: (value: number, like: string | undefined) => string;
}
