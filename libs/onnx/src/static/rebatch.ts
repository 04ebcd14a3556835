import { intOr, intsOr } from '../attribute.js';
import { normalAxis } from '../shape-arithmetic.js';
import type { Node } from '../graph.js';
import { i64, sizeOf, type Tensor, tensor, toNumbers } from '../tensor.js';
import type { Learnt } from './learn.js';
import type { Part } from './part.js';

export interface Rebatched extends Part {
  /** Which axis of each value is the batch; values without one are left out. */
  readonly axes: ReadonlyMap<string, number>;
}

/** What a node is seen with while the batch axis is followed through the graph. */
interface View {
  readonly node: Node;
  readonly from: number;
  readonly to: number;
  readonly shape: (name: string | undefined) => readonly number[];
  readonly axisOf: (name: string | undefined) => number | undefined;
  readonly constant: (name: string | undefined) => Tensor | undefined;
}
interface Step {
  readonly axis: number | undefined;
  /** Constants to put in place of inputs, by index. */
  readonly inputs?: ReadonlyMap<number, Tensor>;
  /** Inputs to repeat along the batch axis. */
  readonly repeat?: readonly number[];
}

/**
 * The part made for batches of `to`, where it was made for batches of `from`.
 *
 * The batch axis is followed from the input, by the shapes that the part has at `from`; constants that write `from` down
 * as a number (in reshapes, expands, sizes) get `to`, constants that are joined to the batch are repeated. Where the axis
 * is lost nothing more is changed: whether the result is right shows when it is run.
 */
export function rebatch(part: Part, { types, constants }: Learnt, input: string, from: number, to: number): Rebatched {
  const axes = new Map([[input, 0]]);
  const initializers = new Map(part.initializers);
  // Of what does not change with the picture some is computed by nodes.
  const constant = (name: string | undefined): Tensor | undefined => initializers.get(name ?? '') ?? constants.get(name ?? '');
  const shape = (name: string | undefined): readonly number[] => types.get(name ?? '')?.shape ?? constant(name)?.shape ?? [];
  const nodes = part.nodes.flatMap((node): readonly Node[] => {
    if (!node.inputs.some((name) => axes.has(name))) return [node];
    const step = follow({ node, from, to, shape, axisOf: (name) => axes.get(name ?? ''), constant });
    if (step.axis !== undefined) for (const output of node.outputs) if (shape(output)[step.axis] !== undefined) axes.set(output, step.axis);
    const inputs = [...node.inputs];
    for (const [index, value] of step.inputs ?? []) {
      inputs[index] = `${node.name}/batch${to}/${index}`;
      initializers.set(inputs[index], value);
    }
    const repeats = (step.repeat ?? []).map((index): Node => {
      const name = `${node.name}/batch${to}/${index}`;
      const times = shape(inputs[index]).map((_, axis) => (axis === step.axis ? to / from : 1));
      initializers.set(`${name}/times`, i64([times.length], times));
      const made: Node = { name, op: 'Tile', domain: '', inputs: [inputs[index]!, `${name}/times`], outputs: [name], attrs: {} };
      inputs[index] = name;
      return made;
    });
    return [...repeats, { ...node, inputs }];
  });
  return { nodes, initializers, opsets: part.opsets, axes };
}

function follow(view: View): Step {
  const { node, shape, axisOf } = view;
  const axis = axisOf(node.inputs[0]);
  if (node.domain === '') {
    switch (node.op) {
      case 'Reshape': return axis === undefined ? { axis } : reshape(view, axis);
      case 'Concat': return concat(view);
      case 'Transpose': {
        const perm = intsOr(node.attrs, 'perm', shape(node.inputs[0]).map((_, i, all) => all.length - 1 - i));
        return { axis: axis === undefined ? undefined : perm.indexOf(axis) };
      }
      case 'Flatten': return { axis: axis === 0 && normalAxis(intOr(node.attrs, 'axis', 1), shape(node.inputs[0]).length) > 0 ? 0 : undefined };
      case 'Gather': return { axis: gather(view) };
      case 'Expand': return sized(view, 1, (value) => value.length - shape(node.outputs[0]).length);
      case 'Resize': return sized(view, 3, () => 0);
      case 'Unsqueeze': case 'Squeeze': return { axis: squeeze(view) };
      case 'Shape': case 'Size': return { axis: undefined };
    }
    if (node.op.startsWith('Reduce') || node.op.startsWith('Arg')) return { axis: reduce(view) };
  }
  return { axis: aligned(view) };
}

/** As most operators have it: axes are counted from the end, and the batch axis keeps its length. */
function aligned({ node, shape, axisOf }: View): number | undefined {
  for (const name of node.inputs) {
    const axis = axisOf(name);
    if (axis === undefined) continue;
    const [before, after] = [shape(name), shape(node.outputs[0])];
    const at = axis + after.length - before.length;
    if (after[at] === before[axis]) return at;
  }
  return undefined;
}

/** The axis behind as many elements as before: what comes first in memory stays first. */
function reshape({ node, from, to, shape, constant }: View, axis: number): Step {
  const [before, after] = [shape(node.inputs[0]), shape(node.outputs[0])];
  const lead = sizeOf(before.slice(0, axis));
  const at = after.findIndex((dim, i) => sizeOf(after.slice(0, i)) === lead && dim % from === 0);
  if (at < 0) return { axis: undefined };
  const target = constant(node.inputs[1]);
  if (target === undefined) return { axis: at };
  const dims = toNumbers(target);
  if (dims[at] === -1 || (dims[at] === 0 && at === axis)) return { axis: at };
  dims[at] = (after[at]! / from) * to;
  return { axis: at, inputs: new Map([[1, i64([dims.length], dims)]]) };
}

function concat({ node, from, to, shape, axisOf }: View): Step {
  const axis = node.inputs.map(axisOf).find((found) => found !== undefined);
  if (axis === undefined || normalAxis(intOr(node.attrs, 'axis', 0), shape(node.outputs[0]).length) === axis) return { axis: undefined };
  const alone = node.inputs.flatMap((name, index) => (axisOf(name) === undefined ? [index] : []));
  return { axis, repeat: to % from === 0 ? alone : [] };
}

function gather({ node, shape, axisOf }: View): number | undefined {
  const at = normalAxis(intOr(node.attrs, 'axis', 0), shape(node.inputs[0]).length);
  const [data, indices] = [axisOf(node.inputs[0]), axisOf(node.inputs[1])];
  if (data === undefined) return indices === undefined ? undefined : at + indices;
  if (data === at) return undefined;
  return data < at ? data : data - 1 + shape(node.inputs[1]).length;
}

/** Operators that are told the size of their result: Expand, and Resize by sizes. */
function sized(view: View, index: number, offset: (value: readonly number[]) => number): Step {
  const axis = aligned(view);
  const target = view.constant(view.node.inputs[index]);
  if (axis === undefined || target === undefined || sizeOf(target.shape) === 0) return { axis };
  const dims = toNumbers(target);
  const at = axis + offset(dims);
  if (dims[at] !== view.from) return { axis };
  dims[at] = view.to;
  return { axis, inputs: new Map([[index, tensor('i64', target.shape, BigInt64Array.from(dims, BigInt))]]) };
}

function squeeze({ node, shape, axisOf, constant }: View): number | undefined {
  const axis = axisOf(node.inputs[0]);
  const listed = constant(node.inputs[1]);
  const grows = node.op === 'Unsqueeze';
  const rank = shape(grows ? node.outputs[0] : node.inputs[0]).length;
  const changed = listed === undefined ? shape(node.inputs[0]).flatMap((dim, i) => (dim === 1 ? [i] : [])) : toNumbers(listed).map((at) => normalAxis(at, rank));
  if (axis === undefined) return undefined;
  if (!grows) return changed.includes(axis) ? undefined : axis - changed.filter((at) => at < axis).length;
  let at = -1;
  for (let left = axis; left >= 0; left--) do at++; while (changed.includes(at));
  return at;
}

function reduce({ node, shape, axisOf, constant }: View): number | undefined {
  const axis = axisOf(node.inputs[0]);
  const rank = shape(node.inputs[0]).length;
  const listed = node.op.startsWith('Arg') ? [intOr(node.attrs, 'axis', 0)] : constant(node.inputs[1]) === undefined ? undefined : toNumbers(constant(node.inputs[1])!);
  const gone = listed?.map((at) => normalAxis(at, rank));
  if (axis === undefined || gone === undefined || gone.includes(axis)) return undefined;
  return intOr(node.attrs, 'keepdims', 1) === 1 ? axis : axis - gone.filter((at) => at < axis).length;
}
