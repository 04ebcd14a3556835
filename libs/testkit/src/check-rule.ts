import { createRuleSet, type Example, gradients, highestOpset, lowestOpset, type Rule, builtinRules, type RuleSet } from '@neuron-atlas/autodiff';
import { arrayType, type DType, f32, GraphBuilder, type Model, type Runtime, type Session, sizeOf, tensor, type Tensor, toNumbers, type Value, type ValueInfo, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { assertStandard } from './assert-standard.js';
import { seeded } from './seeded.js';

/**
 * The contract of a gradient rule, as tests: for every example and every input that is not flat, ⟨v, Jᵀu⟩ equals the
 * derivative of ⟨u, f(x + t·v)⟩ by a central difference of fourth order, for one random u and one random v of ±1, on
 * onnxruntime-node's CPU provider; an input with gradient zero has derivative zero; the emitted graph is standard. f is the
 * operator, or what the rule says stands for it.
 *
 * In float32 with steps of 2⁻⁵ to within 2e-3 of |Jᵀu| (the rounding of f is the larger part of that), and, where the
 * provider has the operator in float64, there too with steps of 2⁻⁹ to within 1e-7.
 *
 * On WebGPU in float32; what that provider leaves out runs on the CPU, as it does in a sweep. `faults` says for which examples
 * the provider stops at the operator itself, and why: a test fails if it does not, and if it does in an example without one.
 */
export function checkRule(rule: Rule, provider: 'cpu' | 'webgpu' = 'cpu', faults: Readonly<Record<string, string>> = {}): void {
  describe(`the gradient of ${rule.op}`, () => {
    let runtime: Runtime;
    let reference: Runtime;
    beforeAll(async () => {
      runtime = await createNodeRuntime({ provider, threads: 1 });
      reference = await createNodeRuntime({ provider: 'cpu', threads: 1 });
    });
    rule.examples.forEach((example, index) => {
      for (const opset of new Set([example.opset ?? lowestOpset, example.lastOpset ?? highestOpset])) {
        it(`agrees with a central difference on example ${index} at opset ${opset}`, async () => {
          if (provider !== 'cpu') {
            const fault = await operatorFault(runtime, reference, rule, example, opset);
            expect(fault, 'what the provider makes of the operator itself').toBe(faults[index] === undefined ? undefined : 'refuses');
            if (fault !== undefined) return;
          }
          const worst = await compareRule(runtime, rule, example, opset, provider === 'cpu' ? ['f32', 'f64'] : ['f32']);
          for (const { input, dtype, error, tolerance } of worst) expect(error, `input ${input} in ${dtype}`).toBeLessThanOrEqual(tolerance);
        });
      }
    });
  });
}

/** Whether a runtime that leaves nothing to the CPU takes the operator as the rule's first example has it. */
export async function hasOperator(runtime: Runtime, rule: Rule): Promise<boolean> {
  const [example] = rule.examples;
  try {
    await using session = await runtime.load(writeModel(nodeModel(rule, example, example.opset ?? lowestOpset, draw(rule, example, 'f32'))));
    return session.outputNames.length > 0;
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes('fallback')) return false;
    throw cause;
  }
}

/** What a provider does to an example's operator, gradients aside: undefined where it gives what the reference gives. */
async function operatorFault(runtime: Runtime, reference: Runtime, rule: Rule, example: Example, opset: number): Promise<'refuses' | 'gives another result' | undefined> {
  const drawn = draw(rule, example, 'f32');
  const model = nodeModel(rule, example, opset, drawn);
  const there = await loaded(reference, model, opset === highestOpset);
  // Two draws of random numbers have nothing to agree in.
  if (there === undefined || rule.op.startsWith('Random')) return undefined;
  await using expected = there;
  await using session = await runtime.load(writeModel(model));
  const feeds = Object.fromEntries(drawn.filter(({ role }) => role === 'variable' || role === 'feed').map(({ name, data }) => [name, data]));
  const right = await expected.run(feeds);
  const found = await session.run(feeds).catch((cause: unknown) => cause as Error);
  if (found instanceof Error) return 'refuses';
  const apart = (a: Tensor, b: Tensor): number => Math.max(0, ...toNumbers(a).map((value, i) => (Object.is(value, toNumbers(b)[i]) ? 0 : Math.abs(value - toNumbers(b)[i]!) / (1 + Math.abs(value)))));
  return expected.outputNames.some((name, i) => isDifferentiated(rule, i) && apart(right[name]!, found[name]!) > 1e-3) ? 'gives another result' : undefined;
}

interface Comparison { readonly input: string; readonly dtype: DType; /** Relative to |Jᵀu|. */ readonly error: number; readonly tolerance: number }

const precision = {
  f32: { step: 2 ** -5, tolerance: 2e-3, floor: 1e-4 },
  f64: { step: 2 ** -9, tolerance: 1e-7, floor: 1e-9 },
} as const;

async function compareRule(runtime: Runtime, rule: Rule, example: Example, opset: number, dtypes: readonly ('f32' | 'f64')[]): Promise<Comparison[]> {
  const rules = withRule(rule);
  const found: Comparison[] = [];
  for (const dtype of dtypes) {
    const drawn = draw(rule, example, dtype);
    const wanted = drawn.filter(({ role, flat }) => role === 'variable' && flat !== 'stop');
    if (wanted.length === 0) continue;
    const forward = await loaded(runtime, rule.smooth === undefined ? nodeModel(rule, example, opset, drawn) : smoothModel(rule, example, opset, drawn), dtype === 'f64' || opset === highestOpset);
    if (forward === undefined) continue;
    await using session = forward;
    const feeds = Object.fromEntries(drawn.filter(({ role }) => role === 'variable' || role === 'feed').map(({ name, data }) => [name, data]));
    const outputs = await session.run(feeds);
    const names = session.outputNames;
    const random = seeded(7);
    const seeds = names.map((name, i) => (isDifferentiated(rule, i) ? seedOf(outputs[name]!, random) : undefined));
    const score = async (changed: Readonly<Record<string, Tensor>>): Promise<number> => {
      const result = await session.run({ ...feeds, ...changed });
      return names.reduce((total, name, i) => total + dot(seeds[i], result[name]!), 0);
    };
    const jacobians = await analytic(runtime, rules, rule, example, opset, drawn, names.map((name) => outputs[name]!), seeds, feeds);
    if (jacobians === undefined) continue;
    for (const input of wanted) {
      const direction = Array.from({ length: sizeOf(input.data.shape) }, () => (random() < 0.5 ? -1 : 1));
      const { step, tolerance, floor } = precision[dtype];
      const at = async (t: number): Promise<number> => score({ [input.name]: moved(input.data, direction, t * step) });
      const slope = (8 * ((await at(1)) - (await at(-1))) - ((await at(2)) - (await at(-2)))) / (12 * step);
      const gradient = jacobians.get(input.name)?.map(Number) ?? direction.map(() => 0);
      const expected = gradient.reduce((total, value, i) => total + value * direction[i]!, 0);
      const size = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
      found.push({ input: input.name, dtype, error: Math.abs(slope - expected), tolerance: tolerance * size + floor });
    }
  }
  return found;
}

/** Jᵀu for every input that has one, run in the dtype of the inputs. */
async function analytic(runtime: Runtime, rules: RuleSet, rule: Rule, example: Example, opset: number, drawn: readonly Drawn[], outputs: readonly Tensor[], seeds: readonly (number[] | undefined)[], feeds: Readonly<Record<string, Tensor>>): Promise<Map<string, number[]> | undefined> {
  const g = new GraphBuilder({ opset });
  const values = drawn.map(({ role, name, data }) => (role === 'absent' ? undefined : role === 'fixed' ? g.constant(data, name) : g.input(name, data.dtype, data.shape)));
  const wrt = drawn.flatMap(({ role, flat }, i) => (role === 'variable' && flat === undefined ? [values[i]!] : []));
  if (wrt.length === 0) return new Map();
  const made = g.emit(rule.op, values, example.attrs ?? {}, outputs.map(({ dtype, shape }) => ({ dtype, shape })));
  const terms = made.flatMap((value, i) => {
    const seed = seeds[i];
    // Fed, as all that is not a weight: what hangs on constants alone the runtime works out when it loads, on the CPU.
    return seed === undefined ? [] : [{ value, seed: g.input(`seed${i}`, value.dtype, value.shape), data: real(value.dtype, value.shape, seed) }];
  });
  const before = g.nodes.length;
  const [of, seed] = terms.length === 1 ? [terms[0]!.value, terms[0]!.seed]
    : [terms.map(({ value, seed: weights }) => total(g, g.mul(value, weights))).reduce((a, b) => g.add(a, b)), undefined];
  const forwardNodes = g.nodes.length;
  const results = gradients(g, { of, ...(seed === undefined ? {} : { seed }), wrt, rules });
  results.forEach((result, i) => {
    expect(result.shape).toEqual(wrt[i]!.shape);
    expect(result.dtype).toBe(wrt[i]!.dtype);
  });
  expect(g.nodes.slice(forwardNodes).every(({ name }) => name.startsWith('grad/')), 'emitted nodes are named grad/…').toBe(true);
  expect(before).toBeLessThanOrEqual(forwardNodes);
  // A name of its own for each: one value may be the gradient of two inputs.
  const named = results.map((result) => g.identity(result));
  const model = modelOf(g.build('gradient', named), opset);
  assertStandard(model);
  const loadedModel = await loaded(runtime, model, wrt[0]!.dtype === 'f64' || opset === highestOpset);
  if (loadedModel === undefined) return undefined;
  await using session = loadedModel;
  const used = Object.fromEntries(Object.entries({ ...feeds, ...Object.fromEntries(terms.map((term) => [term.seed.name, term.data])) }).filter(([name]) => session.inputNames.includes(name)));
  const out = await session.run(used);
  return new Map(wrt.map((value, i) => [value.name, toNumbers(out[named[i]!.name]!)]));
}

/** Outputs that may be left out (statistics, indices) carry no gradient; the engine refuses one that arrives there. */
const isDifferentiated = (rule: Rule, output: number): boolean => rule.outputs[output]?.endsWith('?') !== true;

/** The model's session; undefined if the provider may lack, and lacks, some of its operators in these versions and types. */
async function loaded(runtime: Runtime, model: Model, mayLack: boolean): Promise<Session | undefined> {
  try {
    return await runtime.load(writeModel(model));
  } catch (cause) {
    if (mayLack && cause instanceof Error && /Could not find an implementation|Provider type for \w+ node|Type 'tensor\(double\)' of input|bound to different types \(tensor\(double\)/.test(cause.message)) return undefined;
    throw cause;
  }
}

const total = (g: GraphBuilder, value: Value): Value => g.sum(g.reshape(value, [sizeOf(value.shape)]), [0]);

/** The builtin rules, with this one in place of any that claims the same operator. */
function withRule(rule: Rule): RuleSet {
  const own = createRuleSet([rule]);
  return { ops: [...new Set([...builtinRules.ops, rule.op])].sort(), find: (op, opset) => (op === rule.op ? own : builtinRules).find(op, opset) };
}

interface Drawn {
  readonly name: string;
  readonly data: Tensor;
  readonly role: 'variable' | 'fixed' | 'feed' | 'absent';
  readonly flat: 'stop' | 'zero' | undefined;
}

/** The inputs of an example, seeded: drawn where it gives a shape, taken where it gives a tensor. */
function draw(rule: Rule, example: Example, dtype: 'f32' | 'f64'): Drawn[] {
  const random = seeded(1);
  return example.shapes.map((shape, index) => {
    const list = rule.inputs.findIndex((slot) => slot.startsWith('...'));
    const slot = list !== -1 && index >= list ? rule.inputs[list]!.slice(3) : rule.inputs[index]!.replace(/\?$/, '');
    const name = list !== -1 && index >= list ? `${slot}${index - list}` : slot;
    const mark = rule.flat?.[slot];
    const flat = mark === undefined ? undefined : mark.description === 'zero' ? 'zero' : 'stop';
    const given = example.constants?.[slot] ?? example.feeds?.[slot];
    if (given !== undefined) {
      const data = given.dtype === 'f32' && dtype === 'f64' ? real('f64', given.shape, toNumbers(given)) : given;
      return { name, data, role: example.constants?.[slot] === undefined ? 'feed' : 'fixed', flat };
    }
    if (shape === null) return { name, data: f32([0], []), role: 'absent', flat };
    const range = example.ranges?.[slot] ?? example.range;
    const numbers = example.distinct === true ? distinct(sizeOf(shape), range, random).map((value) => value + index / 4) : uniform(sizeOf(shape), range ?? [-1, 1], example.avoid ?? [], random);
    return { name, data: real(dtype, shape, numbers), role: example.fixed?.includes(slot) === true ? 'fixed' : 'variable', flat };
  });
}

// More than the differences move an element: two steps of 2⁻⁵.
const margin = 0.08;

function uniform(count: number, [low, high]: readonly [number, number], avoid: readonly number[], random: () => number): number[] {
  return Array.from({ length: count }, () => {
    for (;;) {
      // On a grid of 2⁻¹⁰, so that float32 holds each exactly, and each moved by a step too.
      const value = Math.round((low + random() * (high - low)) * 1024) / 1024;
      if (avoid.every((kink) => Math.abs(value - kink) > margin)) return value;
    }
  });
}

/** A permutation of a grid of whole numbers below the range's end, or round 0: neighbours stay apart, and float32 is exact. */
function distinct(count: number, range: readonly [number, number] | undefined, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const top = range?.[1] ?? Math.floor(count / 2) + 0.125;
  return order.map((place) => top - place);
}

/** The node alone, its outputs' types left to the runtime. */
function nodeModel(rule: Rule, example: Example, opset: number, drawn: readonly Drawn[]): Model {
  const outputs = Array.from({ length: example.outputs ?? 1 }, (_, i) => `out${i}`);
  const there = drawn.filter(({ role }) => role !== 'absent');
  return modelOf({
    name: 'forward',
    nodes: [{ name: 'node', op: rule.op, domain: '', inputs: drawn.map(({ role, name }) => (role === 'absent' ? '' : name)), outputs, attrs: example.attrs ?? {} }],
    inputs: there.filter(({ role }) => role !== 'fixed').map(({ name, data }): ValueInfo => ({ name, dtype: data.dtype, shape: data.shape })),
    outputs: outputs.map((name): ValueInfo => ({ name, dtype: 'f32', untyped: true })),
    initializers: new Map(there.filter(({ role }) => role === 'fixed').map(({ name, data }) => [name, data])),
  }, opset);
}

/** The function whose gradient a rule gives, where that is not the node's own. */
function smoothModel(rule: Rule, example: Example, opset: number, drawn: readonly Drawn[]): Model {
  const g = new GraphBuilder({ opset });
  const inputs = Object.fromEntries(drawn.filter(({ role }) => role !== 'absent').map(({ name, data, role }) => [name, role === 'fixed' ? g.constant(data, name) : g.input(name, data.dtype, data.shape)]));
  return modelOf(g.build('forward', [g.identity(rule.smooth!({ g, attrs: example.attrs ?? {}, inputs }))]), opset);
}

const modelOf = (graph: Model['graph'], opset: number): Model =>
  ({ irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', opset]]), graph, functions: [], metadata: new Map() });

/** Random weights for an output; none for one that is not real, such as a pool's indices. */
function seedOf(output: Tensor, random: () => number): number[] | undefined {
  if (output.dtype !== 'f32' && output.dtype !== 'f64') return undefined;
  return Array.from({ length: sizeOf(output.shape) }, () => Math.round((random() * 2 - 1) * 64) / 64);
}

const dot = (weights: readonly number[] | undefined, values: Tensor): number =>
  weights === undefined ? 0 : toNumbers(values).reduce((sum, value, i) => sum + value * weights[i]!, 0);

const moved = (data: Tensor, direction: readonly number[], step: number): Tensor =>
  real(data.dtype, data.shape, toNumbers(data).map((value, i) => value + step * direction[i]!));

function real(dtype: DType, shape: readonly number[], numbers: readonly number[]): Tensor {
  if (dtype !== 'f32' && dtype !== 'f64') throw new Error(`unreachable: drawn in ${dtype}`);
  return tensor(dtype, shape, arrayType[dtype].from(numbers) as never);
}
