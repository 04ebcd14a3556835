import { type GraphBuilder, type Node, sizeOf, toNumbers, type Value } from '@neuron-atlas/onnx';
import { notPositive, positive } from './masks.js';
import type { Surroundings } from './rule.js';

export interface Blocked {
  readonly node: Node;
  /** dx of the node, as its derivative has it. */
  readonly part: Value;
  readonly dy: Value;
  readonly around: Surroundings;
  /** f32[] or f32[N], 0 or 1. */
  readonly gate: Value;
}

/**
 * dx of a Relu or a Clip from 0; in gated rows in which it is 0 throughout, instead what would open it:
 * max(dy, 0) where x is at or below 0, min(dy, 0) where a Clip's x is at or above its upper bound.
 *
 * A unit that starts with all its rectifiers shut would else never move (Lucid, misc/redirected_relu_grad.py, lets it
 * through for the first 16 steps). For other operators dx as it is.
 */
export function opened(g: GraphBuilder, { node, part, dy, around, gate }: Blocked): Value {
  const ceiling = bound(node, 2, around);
  if (node.domain !== '' || (node.op !== 'Relu' && !(node.op === 'Clip' && bound(node, 1, around) === 0))) return part;
  const x = g.value(node.inputs[0]!)!;
  const up = g.mul(g.relu(dy), notPositive(g, x));
  const push = node.op === 'Relu' || ceiling === undefined ? up
    : g.sub(up, g.mul(g.relu(g.neg(dy)), notPositive(g, g.sub(ceiling, x))));
  const rest = part.shape.map((_, axis) => axis).slice(1);
  const blocked = g.sub(1, positive(g, rest.length === 0 ? g.abs(part) : g.reduceMax(g.abs(part), rest, true)));
  const wanted = gate.shape.length === 0 ? gate : g.reshape(gate, part.shape.map((_, axis) => (axis === 0 ? gate.shape[0]! : 1)));
  return g.add(part, g.mul(push, g.mul(blocked, g.cast(wanted, part.dtype))));
}

function bound(node: Node, index: number, around: Surroundings): number | undefined {
  const name = node.inputs[index];
  const value = name === undefined || name === '' ? undefined : around.value(name);
  const known = value === undefined ? undefined : around.constant(value);
  return known === undefined || sizeOf(known.shape) !== 1 ? undefined : toNumbers(known)[0];
}
