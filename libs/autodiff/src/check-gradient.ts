import { graft, GraphBuilder, loadModel, type Model, type Runtime, sizeOf, type StaticGraph, tensor, type Tensor, toNumbers, type Value } from '@neuron-atlas/onnx';
import { builtinRules } from './builtin-rules.js';
import { gradients } from './gradients.js';
import type { RuleSet } from './rule-set.js';

export interface GradientCheck {
  /** |⟨v, Jᵀu⟩ − derivative of ⟨u, f(x + t·v)⟩| ÷ ‖Jᵀu‖, at the best of the steps. */
  readonly error: number;
  readonly agrees: boolean;
  /**
   * Whether two neighbouring steps, with values not too large for float32 to show a difference, give the same one: where
   * none do, no difference can say what the gradient should be.
   */
  readonly settled: boolean;
}

/** Half the length of the difference, for each pixel: from where rounding is small to where few rectifiers change sides. */
const steps = [2 ** -6, 2 ** -8, 2 ** -10, 2 ** -12];

/**
 * What part of the gradient may be missing: what a rectifier that changes sides within the step, and float32, come to in a
 * deep network. A gradient that lacks a share s of its square is off by √s of its length.
 */
const tolerance = 0.1;

/**
 * Checks the gradient of one value of a network in one random direction: a random picture x of ±1, random weights u of the
 * value's elements, a random v of ±1, against a central difference on `runtime`. `random` gives numbers in 0..1.
 */
export async function checkGradient(graph: StaticGraph, of: string, runtime: Runtime, random: () => number, rules: RuleSet = builtinRules): Promise<GradientCheck> {
  const draw = (shape: readonly number[], of: () => number): Float32Array => Float32Array.from({ length: sizeOf(shape) }, of);
  const { shape } = graph.input;
  const weights = draw(graph.types.get(of)!.shape, () => random() * 2 - 1);
  const picture = draw(shape, () => random() * 2 - 1);
  const direction = draw(shape, () => (random() < 0.5 ? -1 : 1));

  const gradient = await (async () => {
    await using session = await loadModel(runtime, modelOf(graph, (g, x, y) => gradients(g, { of: y, seed: g.constant(tensor('f32', y.shape, weights)), wrt: [x], rules })[0]!, of));
    return toNumbers((await session.run({ picture: tensor('f32', shape, picture) }))['result']!);
  })();
  await using forward = await loadModel(runtime, modelOf(graph, (_, __, y) => y, of));
  const value = async (step: number): Promise<Tensor> =>
    (await forward.run({ picture: tensor('f32', shape, picture.map((pixel, i) => pixel + step * direction[i]!)) }))['result']!;

  const expected = gradient.reduce((sum, slope, i) => sum + slope * direction[i]!, 0);
  const size = Math.sqrt(gradient.reduce((sum, slope) => sum + slope * slope, 0));
  const slopes: { readonly slope: number; readonly rounding: number }[] = [];
  for (const step of steps) {
    const [after, before] = [toNumbers(await value(step)), toNumbers(await value(-step))];
    // Element by element first: the sum of each alone has lost the digits that matter.
    const slope = after.reduce((sum, high, i) => sum + weights[i]! * (high - before[i]!), 0) / (2 * step);
    const rounding = Math.sqrt(after.reduce((sum, high, i) => sum + (weights[i]! * Math.max(Math.abs(high), Math.abs(before[i]!)) * 2 ** -24) ** 2, 0)) / step;
    slopes.push({ slope, rounding });
  }
  const off = Math.min(...slopes.map(({ slope }) => Math.abs(slope - expected)));
  const error = off === 0 ? 0 : off / size;
  const agrees = error <= tolerance;
  // Of a size that both are measured in: a gradient of zero does not make every difference a jump.
  const alike = ({ slope, rounding }: (typeof slopes)[number], other: (typeof slopes)[number]): boolean => {
    const allowed = (tolerance / 4) * Math.max(size, Math.abs(slope));
    return Math.abs(slope - other.slope) <= allowed && Math.max(rounding, other.rounding) <= allowed;
  };
  const settled = agrees || slopes.some((step, i) => i > 0 && alike(step, slopes[i - 1]!));
  return { error, agrees, settled };
}

function modelOf(graph: StaticGraph, build: (g: GraphBuilder, x: Value, y: Value) => Value, of: string): Model {
  const g = new GraphBuilder({ opset: graph.opset });
  const x = g.input('picture', 'f32', graph.input.shape);
  const made = build(g, x, graft(g, graph, x)(of));
  const result = g.emit('Identity', [made], {}, [{ dtype: made.dtype, shape: made.shape, name: 'result' }])[0]!;
  return { irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', g.opset]]), functions: [], metadata: new Map(), graph: g.build('check', [result]) };
}
