import { type Node, readsOf, type StaticGraph } from '@neuron-atlas/onnx';
import * as operators from './operators/index.js';
import { all } from './reads.js';
import { regroup } from './regroup.js';
import type { FieldContext, FieldRule } from './rule.js';
import { ownSpan } from './span.js';
import { simplified, type Term, throughTerm } from './term.js';

/** What each place of a value sees of the model's input. */
export interface Field {
  /** Of the value. */
  readonly shape: readonly number[];
  /** Of the input. */
  readonly input: readonly number[];
  /** The ways in which it is seen; a place sees the hull of their boxes. */
  readonly terms: readonly Term[];
  /** The first operator on the way whose field is not known: it is taken to see all that it could. Absent where boxes are exact. */
  readonly bound?: { readonly op: string; readonly node: string } | undefined;
}

const rules: ReadonlyMap<string, FieldRule> = new Map(Object.values(operators).flatMap((rule) => rule.ops.map((op) => [op, rule] as const)));

/**
 * The receptive fields of all values of a graph that change with its input, for its one input size.
 *
 * Interval arithmetic, axis by axis: exact through convolutions, pools, pads, slices, resizes, reshapes, branches and
 * products, in any number of dimensions. Weights are not looked at, so a kernel of zeros still sees its window.
 */
export function receptiveFields(graph: StaticGraph): ReadonlyMap<string, Field> {
  const { shape } = graph.input;
  const own = shape.slice(1).map((length, i) => ownSpan(i + 1, length));
  const fields = new Map<string, Field>([[graph.input.name, { shape, input: shape, terms: [own] }]]);
  for (const node of graph.nodes) {
    const reads = [...node.inputs.keys()].filter((index) => fields.has(node.inputs[index]!));
    const context = contextOf(graph, node);
    node.outputs.forEach((name, output) => {
      const type = graph.types.get(name);
      if (name !== '' && type !== undefined) fields.set(name, fieldOf(context, reads, output, type.shape, fields, shape));
    });
  }
  return fields;
}

function fieldOf(ctx: FieldContext, reads: readonly number[], output: number, shape: readonly number[], fields: ReadonlyMap<string, Field>, input: readonly number[]): Field {
  const { node } = ctx;
  const rule = node.domain === '' ? rules.get(node.op) : undefined;
  const terms: Term[] = [];
  let bound: Field['bound'];
  for (const index of reads) {
    const seen = fields.get(node.inputs[index]!)!;
    const steps = rule?.steps(ctx, index, output);
    bound ??= seen.bound ?? (steps === undefined ? { op: node.op, node: node.name } : undefined);
    let at = seen.shape;
    let through = seen.terms;
    for (const step of steps ?? [seen.shape.map(() => all)]) {
      if ('reshape' in step) {
        const from = at;
        through = through.map((term) => term.map((span) => regroup(span, from, step.reshape)));
        at = step.reshape;
      } else {
        through = through.map((term) => throughTerm(term, step));
        at = shapeAfter(at, step);
      }
    }
    terms.push(...through);
  }
  // A subgraph may read anything of the values that it takes from outside.
  for (const name of capturedBy(node)) {
    const seen = fields.get(name);
    if (seen === undefined) continue;
    bound ??= seen.bound ?? { op: node.op, node: node.name };
    terms.push(...seen.terms.map((term) => throughTerm(term, seen.shape.map(() => all))));
  }
  const { terms: fewer, exact } = simplified(terms);
  return { shape, input, terms: fewer, bound: bound ?? (exact ? undefined : { op: node.op, node: node.name }) };
}

/** Lengths of the axes between two steps of one operator; axes that nothing is read along have length 1. */
function shapeAfter(shape: readonly number[], step: readonly ({ readonly kind: string; readonly to?: number; readonly length?: number })[]): number[] {
  const after: number[] = [];
  step.forEach(({ to, length }, axis) => { if (to !== undefined) after[to] = length ?? shape[axis]!; });
  return Array.from(after, (length) => length ?? 1);
}

const capturedBy = (node: Node): readonly string[] => (Object.values(node.attrs).some(({ type }) => type === 'graph') ? readsOf(node) : []);

function contextOf(graph: StaticGraph, node: Node): FieldContext {
  const shapeOf = (name: string | undefined): readonly number[] => graph.types.get(name ?? '')?.shape ?? [];
  return {
    node, attrs: node.attrs,
    input: (index) => shapeOf(node.inputs[index]),
    output: (index) => shapeOf(node.outputs[index]),
    constant: (index) => graph.initializers.get(node.inputs[index] ?? ''),
  };
}
