import { float, type GraphBuilder, type Node, type Value } from '@neuron-atlas/onnx';
import { Reading, writtenOut } from './rectifiers.js';
import { scalarAt } from './scalar-function.js';

/**
 * (x·Φ(x))′ = Φ(x) + x·φ(x), where Φ(x) = ½ + ½ erf h and φ(x) = e^(−h²)·h′/√π, h = x/√2 and h′ its slope as a file's own constants have it.
 *
 * In as few passes over x as there can be: ½ + ½e is a HardSigmoid, which cuts off nothing of it, and the factor of φ stands in its exponent.
 */
export function geluSlope(g: GraphBuilder, x: Value, { h, slope, erf }: { readonly h: Value; readonly slope: number; readonly erf: Value }): Value {
  const density = g.exp(g.sub(Math.log(slope / Math.sqrt(Math.PI)), g.mul(h, h)));
  return g.add(g.unary('HardSigmoid', erf, { alpha: float(0.5), beta: float(0.5) }), g.mul(x, density));
}

/** ½x(1 + erf(x/√2)), written out. */
export interface WrittenGelu {
  readonly source: string;
  readonly nodes: readonly Node[];
  /** Its derivative at the source. */
  readonly slope: () => Value;
}

/** The exact Gelus that nodes in topological order are written out as, by their last node; none in which a value of `ends` lies. */
export function writtenGelus(g: GraphBuilder, nodes: readonly Node[], ends: ReadonlySet<string>): Map<Node, WrittenGelu> {
  const found = new Map<Node, WrittenGelu>();
  if (!nodes.some(({ op }) => op === 'Erf')) return found;
  const graph = new Reading(g, nodes);
  for (const last of nodes) {
    const group = last.op === 'Mul' || last.op === 'Div' ? writtenOut(graph, last) : undefined;
    const erf = group?.nodes.find(({ op }) => op === 'Erf');
    if (group === undefined || erf === undefined || group.nodes.slice(0, -1).some(({ outputs }) => outputs.some((name) => ends.has(name)))) continue;
    const at = (name: string, x: number): number => scalarAt(group.nodes, group.source, name, x, (constant) => graph.scalar(constant)) ?? NaN;
    const halved = [-2, -0.5, 1].every((x) => Math.abs(at(erf.inputs[0]!, x) - x * Math.SQRT1_2) < 1e-5);
    // Φ(−2), Φ(−½), Φ(1)
    const gelu = ([[-2, 0.0227501], [-0.5, 0.3085375], [1, 0.8413447]] as const).every(([x, share]) => Math.abs(at(last.outputs[0]!, x) - x * share) < 1e-5);
    const value = (name: string): Value => g.value(name)!;
    if (halved && gelu) found.set(last, { ...group, slope: () => geluSlope(g, value(group.source), { h: value(erf.inputs[0]!), slope: at(erf.inputs[0]!, 1), erf: value(erf.outputs[0]!) }) });
  }
  return found;
}
