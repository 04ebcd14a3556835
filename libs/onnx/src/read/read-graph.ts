import type { GraphProto, NodeProto } from '@neuron-atlas/proto/onnx';
import type { Attribute } from '../attribute.js';
import { capturesOf } from '../edit/reads-of.js';
import { sortNodes } from '../edit/sort-nodes.js';
import { errors } from '../errors.js';
import type { Graph, Node } from '../graph.js';
import type { Tensor } from '../tensor.js';
import type { ExternalData } from './external-data.js';
import { readAttribute } from './read-attribute.js';
import { readSparseTensor, readTensor } from './read-tensor.js';
import { readValueInfo } from './read-value-info.js';

/** What is shared by a model's graph, its subgraphs and its functions while they are read. */
export interface ReadContext {
  readonly external: ExternalData | undefined;
  /** Node names given so far, in the whole model. */
  readonly nodeNames: Set<string>;
  readonly declared: boolean;
}

/** A graph with its subgraphs, its names checked; `scope` prefixes the names of unnamed nodes. */
export function readGraph(proto: GraphProto, context: ReadContext, scope = ''): Graph {
  const initializers = new Map<string, Tensor>();
  const define = (name: string, value: Tensor): void => {
    if (initializers.has(name)) throw errors.duplicateName({ value: name, first: 'an initialiser', second: 'another initialiser' });
    initializers.set(name, value);
  };
  for (const tensor of proto.initializer) define(tensor.name ?? '', readTensor(tensor, tensor.name ?? '', context.external));
  for (const sparse of proto.sparseInitializer) {
    const name = sparse.values?.name ?? '';
    define(name, readSparseTensor(sparse, name, context.external));
  }
  // IR 3 lists every initialiser among the inputs, as a default that a caller may replace; here they are constants.
  const inputs = proto.input.map(readValueInfo).filter((input) => !initializers.has(input.name));
  const nodes = sortNodes(readNodes(proto.node, context, scope));
  const graph: Graph = { name: proto.name ?? '', nodes, inputs, outputs: proto.output.map(readValueInfo), initializers, ...(context.declared ? { declared: proto.valueInfo.map(readValueInfo) } : {}) };
  checkNames(graph);
  return graph;
}

export function readNodes(protos: readonly NodeProto[], context: ReadContext, scope: string): Node[] {
  return protos.map((proto, index): Node => {
    const op = proto.opType ?? '';
    const name = freshName(context.nodeNames, proto.name === undefined || proto.name === '' ? `${scope}${op}_${index}` : proto.name);
    const attrs: Record<string, Attribute> = {};
    for (const attribute of proto.attribute) {
      const key = op === 'Constant' && attribute.name === 'sparse_value' ? 'value' : (attribute.name ?? '');
      Object.defineProperty(attrs, key, {
        value: readAttribute(attribute, { name, op }, context.external, (graph) => readGraph(graph, context, `${name}/${key}/`)),
        enumerable: true, configurable: true, writable: true,
      });
    }
    return { name, op, domain: standardDomain(proto.domain), inputs: proto.input, outputs: proto.output, attrs };
  });
}

/** 'ai.onnx' and '' are the same domain; '' here. */
export const standardDomain = (domain: string | undefined): string => (domain === undefined || domain === 'ai.onnx' ? '' : domain);

function freshName(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`;
  taken.add(name);
  return name;
}

function checkNames(graph: Graph): void {
  const makers = new Map<string, string>();
  const make = (value: string, by: string): void => {
    const first = makers.get(value);
    if (first !== undefined) throw errors.duplicateName({ value, first, second: by });
    makers.set(value, by);
  };
  for (const name of graph.initializers.keys()) make(name, 'an initialiser');
  for (const input of graph.inputs) make(input.name, 'an input of the graph');
  for (const node of graph.nodes) for (const output of node.outputs) if (output !== '') make(output, `node ${node.name}`);
}

/** An error for the first value that a whole model's graph reads and nothing makes. */
export function checkComplete(graph: Graph): void {
  const missing = new Set(capturesOf(graph));
  if (missing.size === 0) return;
  for (const node of graph.nodes) {
    const value = [...node.inputs, ...Object.values(node.attrs).flatMap((attr) => (attr.type === 'graph' ? capturesOf(attr.value) : []))].find((name) => missing.has(name));
    if (value !== undefined) throw errors.unknownValue({ value, reader: `node ${node.name} (${node.op})` });
  }
  throw errors.unknownValue({ value: [...missing][0]!, reader: `output of graph ${graph.name}` });
}
