import { floatOr, type Node } from '@neuron-atlas/onnx';

/** The operators that a written-out activation is made of, on numbers; constants among the inputs are scalars. */
const operators = new Map<string, (node: Node, ...args: readonly number[]) => number>(Object.entries({
  Add: (_, a, b) => a! + b!,
  Sub: (_, a, b) => a! - b!,
  Mul: (_, a, b) => a! * b!,
  Div: (_, a, b) => a! / b!,
  Pow: (_, a, b) => a! ** b!,
  Max: (_, ...all) => Math.max(...all),
  Min: (_, ...all) => Math.min(...all),
  Clip: (_, x, low, high) => Math.min(Math.max(x!, low ?? -Infinity), high ?? Infinity),
  Relu: (_, x) => Math.max(x!, 0),
  Neg: (_, x) => -x!,
  Exp: (_, x) => Math.exp(x!),
  Log: (_, x) => Math.log(x!),
  Sqrt: (_, x) => Math.sqrt(x!),
  Reciprocal: (_, x) => 1 / x!,
  Tanh: (_, x) => Math.tanh(x!),
  Erf: (_, x) => erf(x!),
  Sigmoid: (_, x) => 1 / (1 + Math.exp(-x!)),
  HardSigmoid: ({ attrs }, x) => Math.min(Math.max(floatOr(attrs, 'alpha', 0.2) * x! + floatOr(attrs, 'beta', 0.5), 0), 1),
  Softplus: (_, x) => (x! > 30 ? x! : Math.log1p(Math.exp(x!))),
  Identity: (_, x) => x!,
} satisfies Readonly<Record<string, (node: Node, ...args: readonly number[]) => number>>));

export const isScalarOperator = (node: Node): boolean => node.domain === '' && operators.has(node.op);

/** The value of `of` where `source` is x, through nodes in topological order; undefined where a constant is missing. */
export function scalarAt(nodes: readonly Node[], source: string, of: string, x: number, constant: (name: string) => number | undefined): number | undefined {
  const known = new Map([[source, x]]);
  for (const node of nodes) {
    const args = node.inputs.map((name) => (name === '' ? undefined : known.get(name) ?? constant(name)));
    if (node.inputs.some((name, i) => name !== '' && args[i] === undefined)) return undefined;
    known.set(node.outputs[0]!, operators.get(node.op)!(node, ...(args as number[])));
  }
  return known.get(of);
}

/** erf to 2e-7 (Abramowitz and Stegun 7.1.26). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - tail * Math.exp(-x * x));
}
