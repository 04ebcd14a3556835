import { type ExternalData, type Graph, mapSubgraphs, type Node, readModel, readsOf, type Tensor, writeModel } from '@neuron-atlas/onnx';
import type { Repair, Repairing, Shaped } from './repair.js';
import * as repairs from './repairs.js';

/**
 * An .onnx file, in `dataFolder` or in memory, in which nothing is left that the WebGPU provider gets wrong silently and a repair of this folder knows; the
 * same bytes where there is nothing to repair.
 *
 * Done when a session is made, so that programs stay what they are on every provider.
 */
export function repairModel(bytes: Uint8Array, dataFolder?: string): Uint8Array {
  const model = readModel(bytes, { declared: true, ...(dataFolder === undefined ? {} : { external: leftThere }) });
  const graph = repaired(model.graph, new Map(), fresh(model.graph));
  return graph === model.graph ? bytes : writeModel({ ...model, graph }, ({ path, offset }) => ({ location: path, offset }));
}

/** Weights beside the model are passed on by their names, which stand for their paths here; no repair looks at so large ones. */
const leftThere: ExternalData = (location, offset, length = 0) =>
  ({ kind: 'file', path: location, offset, length, read: () => { throw new Error(`unreachable: a repair reads the weights in ${location}`); } });

const known = new Map<string, readonly Repair[]>();
for (const repair of Object.values(repairs)) known.set(repair.op, [...(known.get(repair.op) ?? []), repair]);

function repaired(graph: Graph, outer: ReadonlyMap<string, Shaped | Tensor>, name: () => string): Graph {
  const shapes = new Map<string, Shaped | Tensor>(outer);
  for (const input of [...graph.inputs, ...graph.declared ?? []]) {
    if (input.shape?.every((dim): dim is number => typeof dim === 'number') === true) shapes.set(input.name, { dtype: input.dtype, shape: input.shape });
    else shapes.delete(input.name);
  }
  for (const [key, value] of graph.initializers) shapes.set(key, value);
  const initializers = new Map<string, Tensor>(graph.initializers);
  const nodes: Node[] = [];
  let changed = false;
  for (const original of graph.nodes) {
    let node = mapSubgraphs(original, (sub) => repaired(sub, shapes, name));
    changed ||= Object.entries(node.attrs).some(([key, attr]) => attr.type === 'graph' && original.attrs[key] !== attr && (original.attrs[key] as typeof attr).value !== attr.value);
    for (const { op, repair } of node.domain === '' ? known.get(node.op) ?? [] : []) {
      if (node.op !== op) break; // a repair has put another operator in its place
      const around: Repairing = {
        shaped: (read) => shapes.get(read ?? ''),
        known(read) {
          const value = shapes.get(read ?? '');
          return value !== undefined && 'data' in value ? value : undefined;
        },
        constant(value) {
          const made = name();
          initializers.set(made, value);
          shapes.set(made, value);
          return made;
        },
        emit(op, inputs, attrs = {}, shaped) {
          const made = name();
          if (shaped !== undefined) shapes.set(made, shaped);
          nodes.push({ name: made, op, domain: '', inputs, outputs: [made], attrs });
          return made;
        },
      };
      const found = repair(node, around);
      if (found === undefined) continue;
      [node, changed] = [found, true];
    }
    nodes.push(node);
  }
  return changed ? { ...graph, nodes, initializers } : graph;
}

/** Names that stand nowhere in the graph or in what is inside it. */
function fresh(graph: Graph): () => string {
  const taken = new Set<string>();
  const note = ({ inputs, initializers, nodes }: Graph): void => {
    for (const name of [...inputs.map((input) => input.name), ...initializers.keys()]) taken.add(name);
    for (const node of nodes) {
      for (const name of [node.name, ...node.outputs, ...readsOf(node)]) taken.add(name);
      for (const attr of Object.values(node.attrs)) if (attr.type === 'graph') note(attr.value);
    }
  };
  note(graph);
  let next = 0;
  return () => {
    for (;;) {
      const name = `webgpu/${next++}`;
      if (!taken.has(name)) return name;
    }
  };
}
