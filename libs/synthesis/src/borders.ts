import { GraphBuilder, type Attributes, int, intOr, ints, intsOr, type Node, type StaticGraph, stringOr, toNumbers, type Value, type ValueType, windowGeometry, type WindowGeometry } from '@neuron-atlas/onnx';
import { errors } from './errors.js';

/**
 * What stands beyond the borders of every map of a network, in the place of its own padding:
 * `model` that padding; `reflect` the map mirrored; `replicate` its last row or column again; `torus` its other side.
 *
 * On a torus no window is left out either: a map has exactly one place for each stride, so that the network sees an
 * endless picture, which repeats the canvas.
 */
export type Borders = 'model' | 'reflect' | 'replicate' | 'torus';

/** The same graph with other borders; sizes change on a torus alone. Errors: SYNTHESIS_NO_TORUS. */
export function withBorders(graph: StaticGraph, borders: Borders): StaticGraph {
  if (borders === 'model') return graph;
  const g = new GraphBuilder({ opset: graph.opset });
  const input = g.input(graph.input.name, graph.input.dtype, graph.input.shape);
  for (const [name, constant] of graph.initializers) g.constant(constant, name);
  for (const node of graph.nodes) rebuild(g, graph, node, borders);
  const outputs = graph.outputs.map((name) => g.value(name)!);
  const types = new Map<string, ValueType>([[input.name, input]]);
  const { initializers } = g.build('borders', outputs);
  for (const [name, { dtype, shape }] of initializers) types.set(name, { dtype, shape });
  for (const node of g.nodes) for (const name of node.outputs) if (name !== '') types.set(name, g.value(name)!);
  return { ...graph, nodes: g.nodes, initializers, types };
}

function rebuild(g: GraphBuilder, graph: StaticGraph, node: Node, borders: Exclude<Borders, 'model'>): void {
  const x = g.value(node.inputs[0] ?? '');
  const was = graph.types.get(node.outputs[0] ?? '')!;
  const window = x === undefined ? undefined : windowOf(graph, node, borders === 'torus' ? x.shape : graph.types.get(x.name)!.shape);
  if (x !== undefined && window !== undefined) {
    const rank = window.kernel.length;
    const pads = borders === 'torus' ? torusPads(node, window, x.shape.slice(2)) : window.pads;
    const padded = bordered(g, x, [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)], borders);
    const spatial = padded.shape.slice(2).map((size, i) => Math.floor((size - window.dilations[i]! * (window.kernel[i]! - 1) - 1) / window.strides[i]!) + 1);
    g.adopt({ ...node, inputs: [padded.name, ...node.inputs.slice(1)], attrs: withoutPads(node.attrs, rank) }, [{ name: node.outputs[0]!, dtype: was.dtype, shape: [...was.shape.slice(0, 2), ...spatial] }]);
    return;
  }
  const widths = padWidths(graph, node);
  if (x !== undefined && widths !== undefined) {
    const made = borders === 'torus' ? g.within('borders', () => turned(g, x, widths)) : bordered(g, x, widths, borders);
    g.adopt({ name: node.name, op: 'Identity', domain: '', inputs: [made.name], outputs: node.outputs, attrs: {} }, [{ name: node.outputs[0]!, dtype: was.dtype, shape: made.shape }]);
    return;
  }
  g.adopt(node, node.outputs.flatMap((name) => (name === '' ? [] : [{ name, dtype: graph.types.get(name)!.dtype, shape: shapeBehind(g, graph, node, graph.types.get(name)!.shape) }])));
}

/** The geometry of a node that moves a window over its input. */
function windowOf(graph: StaticGraph, node: Node, shape: readonly number[]): WindowGeometry | undefined {
  if (node.domain !== '') return undefined;
  if (node.op === 'Conv') return windowGeometry(node.attrs, shape.slice(2), graph.types.get(node.inputs[1]!)!.shape.slice(2));
  return ['MaxPool', 'AveragePool', 'LpPool'].includes(node.op) ? windowGeometry(node.attrs, shape.slice(2), intsOr(node.attrs, 'kernel_shape', [])) : undefined;
}

/** A Pad by constants of spatial axes that crops nothing: its widths. */
function padWidths(graph: StaticGraph, node: Node): readonly number[] | undefined {
  const pads = graph.initializers.get(node.inputs[1] ?? '');
  if (node.domain !== '' || node.op !== 'Pad' || stringOr(node.attrs, 'mode', 'constant') !== 'constant' || pads === undefined || (node.inputs[3] ?? '') !== '') return undefined;
  const widths = toNumbers(pads);
  return widths.every((width, i) => width === 0 || (width > 0 && i % (widths.length / 2) > 1)) ? widths : undefined;
}

/** Begin pads as they are; end pads such that there is a window for each stride. */
function torusPads(node: Node, { kernel, strides, dilations, pads }: WindowGeometry, spatial: readonly number[]): readonly number[] {
  const ends = spatial.map((size, i) => {
    if (size % strides[i]! !== 0) throw errors.noTorus({ node: node.name, op: node.op, reason: `its stride of ${strides[i]} does not divide ${size}` });
    const reach = dilations[i]! * (kernel[i]! - 1) + 1;
    return Math.max(0, size - strides[i]! + reach - pads[i]! - size);
  });
  return [...pads.slice(0, kernel.length), ...ends];
}

function bordered(g: GraphBuilder, x: Value, pads: readonly number[], borders: Exclude<Borders, 'model'>): Value {
  if (pads.every((width) => width === 0)) return x;
  return g.within('borders', () => {
    if (borders !== 'torus') return g.pad(x, pads, { mode: borders === 'reflect' ? 'reflect' : 'edge' });
    const rank = x.shape.length;
    return x.shape.reduce((value, _, axis) => wrapped(g, value, axis, pads[axis]!, pads[axis + rank]!), x);
  });
}

/** What padding leaves of itself on a torus: everything moved on by the width of its beginning. */
function turned(g: GraphBuilder, x: Value, widths: readonly number[]): Value {
  return x.shape.reduce((value, size, axis) => {
    const by = widths[axis]! % size;
    return by === 0 ? value : g.concat([g.slice(value, [size - by], [size], [axis]), g.slice(value, [0], [size - by], [axis])], axis);
  }, x);
}

/** Along one axis, the end once more before the beginning, and the beginning behind the end. */
export function wrapped(g: GraphBuilder, x: Value, axis: number, begin: number, end: number): Value {
  if (begin === 0 && end === 0) return x;
  const size = x.shape[axis]!;
  // More than once around, where the map is smaller than the window.
  const before = Array.from({ length: Math.ceil(begin / size) }, (_, i) => Math.min(size, begin - i * size)).reverse().map((width) => (width === size ? x : g.slice(x, [size - width], [size], [axis])));
  const after = Array.from({ length: Math.ceil(end / size) }, (_, i) => Math.min(size, end - i * size)).map((width) => (width === size ? x : g.slice(x, [0], [width], [axis])));
  return g.concat([...before, x, ...after], axis);
}

const withoutPads = ({ auto_pad: _auto, ...attrs }: Attributes, rank: number): Attributes => ({
  ...attrs, pads: ints(Array.from({ length: 2 * rank }, () => 0)), ...(intOr(attrs, 'ceil_mode', 0) === 1 ? { ceil_mode: int(0) } : {}),
});

/** The spatial size of what a node makes: that of its first map where it was so before. */
function shapeBehind(g: GraphBuilder, graph: StaticGraph, node: Node, was: readonly number[]): readonly number[] {
  const maps = node.inputs.filter((name) => name !== '' && g.value(name) !== undefined && !graph.initializers.has(name));
  const changed = maps.filter((name) => g.value(name)!.shape.some((size, axis) => size !== graph.types.get(name)!.shape[axis]));
  if (changed.length === 0) return was;
  const before = graph.types.get(changed[0]!)!.shape;
  const now = g.value(changed[0]!)!.shape;
  const kept = was.length === before.length && was.length > 2;
  if (kept && was.slice(2).every((size, i) => size === before[i + 2])) return [...was.slice(0, 2), ...now.slice(2)];
  if (kept && was.slice(2).every((size) => size === 1)) return was;
  throw errors.noTorus({ node: node.name, op: node.op, reason: 'its size does not follow that of its input' });
}
