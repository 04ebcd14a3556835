import { isAtlasError } from '@neuron-atlas/errors';
import { errors } from '../errors.js';
import type { Node } from '../graph.js';
import type { Runtime } from '../runtime.js';
import type { Fed } from './run-part.js';
import type { Part } from './part.js';

/** How onnxruntime names the node that it stumbles over, at load and at run; read from version 1.30. */
const namings = [/In Node, \("([^"]*)"/, /Name:'([^']*)'/, /\bnode \(([^)]*)\)/i, /node with name '([^']*)'/i];

/** The runtime's refusal as an error that names the node; memory that ran out stays what it is, for it can be tried again. */
export function refusal(part: Part, feed: Fed, runtime: Runtime, cause: unknown): Error {
  if (isAtlasError(cause) && cause.grpc === 'RESOURCE_EXHAUSTED') return cause;
  const reason = shortened(cause instanceof Error ? cause.message : String(cause));
  const unknown = unknownOperator(part.nodes, reason);
  if (unknown !== undefined) {
    const operator = unknown.domain === '' ? unknown.op : `${unknown.domain}.${unknown.op}`;
    return errors.unknownOperator({ node: unknown.name, op: operator, opset: part.opsets.get(unknown.domain) ?? 0, runtime: runtime.version }, cause);
  }
  const name = namings.map((naming) => naming.exec(reason)?.[1]).find((found) => part.nodes.some((node) => node.name === found));
  const node = part.nodes.find((candidate) => candidate.name === name);
  return errors.runtimeRefuses({ input: feed.name, shape: feed.tensor.shape, ...(node === undefined ? {} : { node: node.name, op: node.op }), reason }, cause);
}

/** Names of a file may be of any length, and the runtime repeats them: what is looked through is not. */
const shortened = (words: string): string => (words.length <= 4000 ? words : `${words.slice(0, 2000)} … ${words.slice(-2000)}`);

function unknownOperator(nodes: readonly Node[], reason: string): Node | undefined {
  const registered = /(\S*):(\w+)\(-?\d+\) is not a registered function\/op/.exec(reason);
  if (registered !== null) return nodes.find((node) => node.op === registered[2] && node.domain === registered[1]?.replace(/^ai\.onnx$/, ''));
  const missing = /In Node, \("([^"]*)".*(?:No Op registered for|No opset import for domain|is deprecated in domain_version)/.exec(reason)
    ?? /Could not find an implementation for \w+\(\d+\) node with name '([^']*)'/.exec(reason);
  return missing === null ? undefined : nodes.find((node) => node.name === missing[1]);
}
