import { builtinRules, checkGradient, type RuleSet } from '@neuron-atlas/autodiff';
import { type Model, type Node, readsOf, type Runtime, specialize, upgradeOpset } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import type { ModelReport } from './model-report.js';

export interface CheckedLayer {
  readonly layer: string;
  readonly tensor: string;
  readonly verdict: 'agrees' | 'disagrees' | 'blocked';
  /** In parts of the gradient's length; absent where there is no gradient. */
  readonly error?: number;
  /** `node (operator)` of what lies between the layers that agree and the first that does not. */
  readonly suspects: readonly string[];
}

interface CheckOptions {
  readonly rules?: RuleSet;
  /** Told of each layer when it is done. */
  readonly each?: (layer: CheckedLayer) => void;
}

/** Every layer's gradient at the model's own input size, one picture, the same random numbers for each layer. */
export async function checkModelGradients({ model: asItIs, facts }: Pick<ModelReport, 'model' | 'facts'>, runtime: Runtime, signal: AbortSignal, { rules = builtinRules, each }: CheckOptions = {}): Promise<CheckedLayer[]> {
  const model = upgradeOpset(asItIs);
  const cleared = new Set<string>();
  const condemned = new Set<string>();
  const checked: CheckedLayer[] = [];
  for (const { id, tensor, blocked } of facts.layers) {
    signal.throwIfAborted();
    if (blocked !== undefined) {
      checked.push({ layer: id, tensor, verdict: 'blocked', suspects: [] });
    } else {
      const graph = await specialize(model, { input: facts.input.name, shape: [1, ...facts.input.shape.slice(1)], outputs: [tensor], runtime });
      const { error, agrees } = await checkGradient(graph, tensor, runtime, uniform(), rules);
      const before = nodesBefore(model, tensor);
      const behindWrong = [...condemned].some((name) => before.some(({ outputs }) => outputs.includes(name)));
      const suspects = agrees || behindWrong ? [] : before.filter(({ outputs }) => outputs.every((output) => !cleared.has(output))).map(({ name, op }) => `${name} (${op})`);
      if (agrees) for (const { outputs } of before) for (const output of outputs) cleared.add(output);
      else condemned.add(tensor);
      checked.push({ layer: id, tensor, verdict: agrees ? 'agrees' : 'disagrees', error, suspects });
    }
    each?.(checked.at(-1)!);
  }
  return checked;
}

/** Numbers in 0..1, the same every time. */
function uniform(): () => number {
  const stream = randomStream(0, 'gradcheck');
  return () => stream.below(2 ** 30) / 2 ** 30;
}

/** The nodes that a value is made from, in the graph's order. */
function nodesBefore({ graph }: Model, tensor: string): readonly Node[] {
  const wanted = new Set([tensor]);
  const found: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    found.push(node);
    for (const name of readsOf(node)) wanted.add(name);
  }
  return found.reverse();
}
