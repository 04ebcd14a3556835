import type { AtlasError } from '@neuron-atlas/errors';
import type { Model } from '@neuron-atlas/onnx';
import { builtinRules } from './builtin-rules.js';
import { errors } from './errors.js';
import { flow } from './flow.js';
import { highestOpset, lowestOpset, type RuleSet } from './rule-set.js';

/**
 * The tensors from which no gradient gets to `input`, each with the error of the first node in its way.
 *
 * Static: reads operators and attributes only. An operator without a rule on any path blocks, since the gradient
 * would be wrong without it; one that has gradient zero, or none, blocks only where there is no way round it.
 */
export function findBlocks(model: Pick<Model, 'graph' | 'opsets'>, input: string, tensors: readonly string[], rules: RuleSet = builtinRules): Map<string, AtlasError> {
  const { graph } = model;
  const known = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)]);
  if (!known.has(input)) throw errors.unknownValue({ name: input });
  // An older model is judged as what it becomes when it is brought up to the rules' opsets.
  const opset = Math.min(highestOpset, Math.max(lowestOpset, model.opsets.get('') ?? lowestOpset));
  const flows = flow(graph.nodes, [input], rules, opset);
  const blocks = new Map<string, AtlasError>();
  for (const name of tensors) {
    const found = flows.get(name);
    if (!known.has(name)) blocks.set(name, errors.unknownValue({ name }));
    else if (found === undefined) blocks.set(name, errors.notConnected({ of: name, wrt: input }));
    else if (found !== 'open') blocks.set(name, found.blocked);
  }
  return blocks;
}
