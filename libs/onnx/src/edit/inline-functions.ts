import type { Attribute } from '../attribute.js';
import { errors } from '../errors.js';
import type { FunctionDefinition, Graph, Model, Node } from '../graph.js';
import { mapSubgraphs } from './map-subgraphs.js';
import { allNamesOf } from './names-of.js';
import { renameAll } from './rename-reads.js';

/** Functions that call functions multiply; no real model comes near this many nodes and calls. */
const limitNodes = 100_000;

export interface Inlined {
  readonly graph: Graph;
  /** The ai.onnx opset of nodes that came from a function with another one than the model's. */
  readonly opsetOf: ReadonlyMap<Node, number>;
}

/** The model's graph with every call of a function of its own replaced by the function's body. */
export function inlineFunctions(model: Model): Inlined {
  const opsetOf = new Map<Node, number>();
  if (model.functions.length === 0) return { graph: model.graph, opsetOf };
  const definitions = new Map(model.functions.map((definition) => [`${definition.domain}:${definition.name}`, definition]));
  const taken = allNamesOf(model.graph);
  const nodeNames = new Set<string>();
  let count = 0;

  const expand = (node: Node, opset: number | undefined, callers: readonly FunctionDefinition[]): Node[] => {
    if (++count > limitNodes) throw errors.functionForm({ name: node.op, reason: `the graph grows beyond ${limitNodes} nodes when its functions are put in` });
    const definition = definitions.get(`${node.domain}:${node.op}`);
    if (definition === undefined) {
      const kept = mapSubgraphs(node, (graph) => ({ ...graph, nodes: graph.nodes.flatMap((inner) => expand(inner, opset, callers)) }));
      if (opset !== undefined) opsetOf.set(kept, opset);
      return [kept];
    }
    if (callers.includes(definition)) throw errors.functionForm({ name: definition.name, reason: 'it calls itself' });
    const body = bodyOf(definition, node, taken, nodeNames);
    return body.flatMap((inner) => expand(inner, definition.opsets.get(''), [...callers, definition]));
  };
  return { graph: { ...model.graph, nodes: model.graph.nodes.flatMap((node) => expand(node, undefined, [])) }, opsetOf };
}

/** The function's nodes with the caller's values and attributes in place, all else under names of its own. */
function bodyOf(definition: FunctionDefinition, call: Node, taken: Set<string>, nodeNames: Set<string>): Node[] {
  const names = new Map<string, string>();
  definition.inputs.forEach((formal, i) => names.set(formal, call.inputs[i] ?? ''));
  const copies: Node[] = [];
  definition.outputs.forEach((formal, i) => {
    const actual = call.outputs[i] ?? '';
    if (actual === '') return;
    // An output that is an input, or is given out twice, needs a copy of its own.
    if (names.has(formal)) copies.push({ name: `${call.name}/${formal}`, op: 'Identity', domain: '', inputs: [names.get(formal)!], outputs: [actual], attrs: {} });
    else names.set(formal, actual);
  });
  const rename = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const made = fresh(taken, `${call.name}/${name}`);
    names.set(name, made);
    return made;
  };
  const nodes = definition.nodes.map((node): Node => ({
    ...renameAll(resolveAttributes(node, { ...definition.defaults, ...call.attrs }), rename),
    name: fresh(nodeNames, `${call.name}/${node.name}`),
  }));
  return [...nodes, ...copies];
}

/** The node with references to the function's attributes replaced by what the call gives; what it does not give is left out. */
function resolveAttributes(node: Node, given: Readonly<Record<string, Attribute>>): Node {
  const attrs = Object.entries(node.attrs).flatMap(([key, attr]): [string, Attribute][] => {
    if (attr.type === 'graph') return [[key, { type: 'graph', value: { ...attr.value, nodes: attr.value.nodes.map((inner) => resolveAttributes(inner, given)) } }]];
    if (attr.type !== 'reference') return [[key, attr]];
    return Object.hasOwn(given, attr.value) ? [[key, given[attr.value]!]] : [];
  });
  return { ...node, attrs: Object.fromEntries(attrs) };
}

function fresh(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`;
  taken.add(name);
  return name;
}
