import { intsOr } from '../attribute.js';
import type { Graph } from '../graph.js';
import { normalAxis } from '../shape-arithmetic.js';
import { sizeOf, toNumbers } from '../tensor.js';

/** Operators whose output has the shape of their first input. */
const alike = new Set(['Cast', 'Identity', 'DequantizeLinear', 'QuantizeLinear', 'Neg', 'Abs', 'Sqrt', 'Reciprocal', 'Mul', 'Div', 'Add', 'Sub']);

/** Shapes of the values that are constant by the file: initialisers, and what is made of them alone in simple ways. */
export function constantShapes(graph: Graph): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>([...graph.initializers].map(([name, { shape }]) => [name, shape]));
  for (const node of graph.nodes) {
    const x = shapes.get(node.inputs[0] ?? '');
    if (x === undefined || node.domain !== '' || !node.inputs.every((name) => name === '' || shapes.has(name))) continue;
    const listed = graph.initializers.get(node.inputs[1] ?? '');
    const numbers = listed?.dtype === 'i64' ? toNumbers(listed) : undefined;
    let shape: readonly number[] | undefined;
    if (node.op === 'Reshape' && numbers !== undefined) {
      const dims = numbers.map((dim, i) => (dim === 0 ? x[i] ?? 0 : dim));
      const known = dims.reduce((product, dim) => product * (dim === -1 ? 1 : dim), 1);
      shape = dims.map((dim) => (dim === -1 ? sizeOf(x) / known : dim));
    } else if (node.op === 'Transpose') {
      shape = intsOr(node.attrs, 'perm', x.map((_, i) => x.length - 1 - i)).map((axis) => x[axis] ?? 1);
    } else if (node.op === 'Unsqueeze' && numbers !== undefined) {
      const grown = [...x];
      for (const axis of numbers.map((at) => normalAxis(at, x.length + numbers.length)).sort((a, b) => a - b)) grown.splice(axis, 0, 1);
      shape = grown;
    } else if (alike.has(node.op) && node.inputs.every((name) => sizeOf(shapes.get(name) ?? [1]) <= sizeOf(x))) {
      // A smaller one broadcasts to the first; where the first is the smaller the result is left unknown.
      shape = x;
    }
    if (shape !== undefined) shapes.set(node.outputs[0]!, shape);
  }
  return shapes;
}
