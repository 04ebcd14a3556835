import type { AtlasError } from '@neuron-atlas/errors';
import type { Node } from '@neuron-atlas/onnx';
import { errors } from './errors.js';
import { nearOperators } from './near-operators.js';
import type { RuleSet } from './rule-set.js';
import { stop, type Rule } from './rule.js';

/** How a value hangs on the sources: a gradient gets from it to them, or the first thing in its way. Absent: not at all. */
export type Flow = 'open' | { readonly blocked: AtlasError; /** Whether differentiating would fail, not give zero. */ readonly fatal: boolean };

/** Follows the dependence on `sources` forward through nodes in topological order, by the rules' static answers. */
export function flow(nodes: readonly Node[], sources: Iterable<string>, rules: RuleSet, opset: number, skip: ReadonlySet<string> = new Set()): Map<string, Flow> {
  const flows = new Map<string, Flow>();
  for (const name of sources) flows.set(name, 'open');
  for (const node of nodes) {
    const result = through(node, flows, rules, opset);
    if (result === undefined) continue;
    for (const output of node.outputs) if (output !== '' && !skip.has(output) && !flows.has(output)) flows.set(output, result);
  }
  return flows;
}

function through(node: Node, flows: ReadonlyMap<string, Flow>, rules: RuleSet, opset: number): Flow | undefined {
  const arriving = [...node.inputs.map((name, index) => ({ index, flow: flows.get(name) })), ...captured(node).map((name) => ({ index: -1, flow: flows.get(name) }))]
    .filter((input): input is { index: number; flow: Flow } => input.flow !== undefined);
  if (arriving.length === 0) return undefined;
  const rule = node.domain === '' ? rules.find(node.op, opset) : undefined;
  const place = { op: node.op, node: node.name };
  const wall = (blocked: AtlasError): Flow => arriving.find((input): input is { index: number; flow: Exclude<Flow, 'open'> } => input.flow !== 'open')?.flow ?? { blocked, fatal: true };
  if (rule === undefined) return wall(errors.noRule({ ...place, domain: node.domain, opset, near: nearOperators(node.op, rules.ops) }));
  const passing = arriving.filter(({ index }) => flatness(rule, index) === undefined);
  const fatal = passing.find((input) => input.flow !== 'open' && input.flow.fatal);
  if (fatal !== undefined) return fatal.flow;
  if (passing.some((input) => input.flow === 'open')) {
    const reason = rule.refuses?.(node);
    return reason === undefined ? 'open' : { blocked: errors.unsupported({ ...place, reason }), fatal: true };
  }
  const before = passing.find((input) => input.flow !== 'open');
  if (before !== undefined) return before.flow;
  const first = arriving[0]!;
  if (first.flow !== 'open') return first.flow;
  return { blocked: errors.blocked({ ...place, input: node.inputs[first.index] ?? '', why: flatness(rule, first.index) === stop ? 'stop' : 'zero' }), fatal: false };
}

/** The rule's name of the input at an index; `at` counts within a list. */
export function slotOf(names: readonly string[], index: number): { readonly name: string; readonly at: number | undefined } {
  const list = names.findIndex((name) => name.startsWith('...'));
  if (list !== -1 && index >= list) return { name: names[list]!.slice(3), at: index - list };
  return { name: (names[index] ?? '').replace(/\?$/, ''), at: undefined };
}

/** stop or zero if the input at an index carries no gradient. */
export const flatness = (rule: Rule, index: number): symbol | undefined => rule.flat?.[slotOf(rule.inputs, index).name];

/** The outer values that a node's subgraphs read; they are inputs too, though not listed as such. */
function captured(node: Node): string[] {
  const names: string[] = [];
  for (const attr of Object.values(node.attrs)) {
    if (attr.type !== 'graph') continue;
    const own = new Set([...attr.value.inputs.map(({ name }) => name), ...attr.value.initializers.keys(), ...attr.value.nodes.flatMap(({ outputs }) => outputs)]);
    for (const inner of attr.value.nodes) names.push(...[...inner.inputs, ...captured(inner)].filter((name) => name !== '' && !own.has(name)));
    names.push(...attr.value.outputs.map(({ name }) => name).filter((name) => !own.has(name)));
  }
  return names;
}
