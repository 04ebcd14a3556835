import { type GraphBuilder, type Node, sizeOf, toNumbers, type Value } from '@neuron-atlas/onnx';
import { isScalarOperator, scalarAt } from './scalar-function.js';

/** A rectifier of the graph: one node, or the nodes that it is written out as. */
export interface Rectifier {
  readonly source: string;
  /** In topological order, the last of which makes its result. */
  readonly nodes: readonly Node[];
  /** r of backward-mode.ts, on what arrives at its result. */
  readonly rectify: (dy: Value) => Value;
}

const single = new Set(['Relu', 'LeakyRelu', 'PRelu', 'ThresholdedRelu', 'Elu', 'Selu', 'Celu', 'Gelu', 'HardSwish', 'Swish', 'Mish', 'Softplus']);
const products = new Set(['Mul', 'Div']);

/** The rectifiers among nodes in topological order, by their last node. */
export function findRectifiers(g: GraphBuilder, nodes: readonly Node[]): Map<Node, Rectifier> {
  const graph = new Reading(g, nodes);
  const found = new Map<Node, Rectifier>();
  const inside = new Set<Node>();
  for (const node of [...nodes].reverse()) {
    if (inside.has(node) || node.domain !== '') continue;
    const written = products.has(node.op) ? writtenOut(graph, node) : undefined;
    if (written !== undefined) {
      for (const part of written.nodes) inside.add(part);
      found.set(node, { ...written, rectify: (dy) => g.relu(dy) });
    } else if (single.has(node.op) || (node.op === 'Clip' && graph.scalar(node.inputs[1] ?? '') === 0)) {
      found.set(node, { source: node.inputs[0]!, nodes: [node], rectify: (dy) => rectifyAs(g, node, dy) });
    }
  }
  return found;
}

function rectifyAs(g: GraphBuilder, node: Node, dy: Value): Value {
  if (node.op === 'LeakyRelu') return g.unary('LeakyRelu', dy, node.attrs);
  if (node.op === 'PRelu') return g.emit('PRelu', [dy, g.value(node.inputs[1]!)], {}, [{ dtype: dy.dtype, shape: dy.shape }])[0]!;
  return g.relu(dy);
}

/** What is asked of a graph while reading it. */
export class Reading {
  readonly #place: ReadonlyMap<string, number>;
  readonly #readers = new Map<string, Node[]>();
  readonly #g: GraphBuilder;
  readonly nodes: readonly Node[];
  constructor(g: GraphBuilder, nodes: readonly Node[]) {
    this.#g = g;
    this.nodes = nodes;
    this.#place = new Map(nodes.flatMap((node, index) => node.outputs.map((name) => [name, index] as const)));
    for (const node of nodes) for (const name of new Set(node.inputs)) this.#readers.set(name, [...(this.#readers.get(name) ?? []), node]);
  }
  scalar(name: string): number | undefined {
    const known = this.#g.constantOf(name);
    return known === undefined || known.dtype === 'string' || sizeOf(known.shape) !== 1 ? undefined : toNumbers(known)[0];
  }
  place(name: string): number { return this.#place.get(name) ?? -1; }
  readers(name: string): readonly Node[] { return this.#readers.get(name) ?? []; }
}

// No activation in use is written out in more; a bound keeps the search linear.
const mostNodes = 16;

/**
 * The nodes behind a product that together are a function of one tensor, element by element, which goes to 0 on the left
 * and to x on the right: x · sigmoid(x), ½x(1 + erf(x/√2)), x · clip(x + 3, 0, 6)/6 … in whatever order they were
 * written. Known by its values, not by its form.
 */
export function writtenOut(graph: Reading, last: Node): Omit<Rectifier, 'rectify'> | undefined {
  const nodes: Node[] = [];
  let open = new Set([last.outputs[0]!]);
  while (nodes.length < mostNodes) {
    const name = [...open].reduce((a, b) => (graph.place(a) >= graph.place(b) ? a : b));
    const at = graph.place(name);
    if (at < 0) return undefined;
    const node = graph.nodes[at]!;
    if (!isScalarOperator(node)) return undefined;
    nodes.unshift(node);
    const inputs = node.inputs.filter((input) => input !== '' && graph.scalar(input) === undefined);
    open = new Set([...[...open].filter((other) => other !== name), ...inputs]);
    if (open.size !== 1) continue;
    const source = [...open][0]!;
    if (rectifies(graph, nodes, source, last.outputs[0]!)) return closed(graph, nodes) ? { source, nodes } : undefined;
  }
  return undefined;
}

function rectifies(graph: Reading, nodes: readonly Node[], source: string, result: string): boolean {
  const at = (x: number): number => scalarAt(nodes, source, result, x, (name) => graph.scalar(name)) ?? NaN;
  const [left, middle, right] = [at(-24), at(0), at(24)];
  return Math.abs(left) < 1e-3 && Math.abs(middle) < 1e-3 && Math.abs(right - 24) < 1e-3 && nodes.length > 1;
}

/** Whether nothing outside reads what only the inside makes. */
const closed = (graph: Reading, nodes: readonly Node[]): boolean =>
  nodes.slice(0, -1).every((node) => node.outputs.every((name) => graph.readers(name).every((reader) => nodes.includes(reader))));
