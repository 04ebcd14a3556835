import { dropIdentities } from '../edit/drop-identities.js';
import { readsOf } from '../edit/reads-of.js';
import { renameAll } from '../edit/rename-reads.js';
import { errors } from '../errors.js';
import type { Node } from '../graph.js';
import type { Runtime } from '../runtime.js';
import type { Tensor } from '../tensor.js';
import { ancestorsOf } from './ancestors.js';
import { movingValues } from './moving.js';
import type { Part } from './part.js';
import { type Fed, runPart } from './run-part.js';

/** Branches inside branches: no exporter nests deeper. */
const limitDepth = 32;

/** The part with every `If` replaced by the branch it takes, where its condition does not change with the picture. */
export async function foldBranches(part: Part, feed: Fed, outputs: readonly string[], runtime: Runtime): Promise<Part> {
  let current = part;
  for (let depth = 0; depth < limitDepth; depth++) {
    const moving = movingValues(current.nodes, feed.name);
    const choices = current.nodes.filter((node) => node.op === 'If' && node.domain === '' && !moving.has(node.inputs[0] ?? ''));
    if (choices.length === 0) return current;
    const conditions = [...new Set(choices.map((node) => node.inputs[0]!))];
    const computed = conditions.filter((name) => !current.initializers.has(name));
    const values = await runPart({ ...current, nodes: ancestorsOf(current.nodes, computed) }, feed, computed, runtime);
    current = takeBranches(current, new Map(choices.map((node) => [node, isTrue(current.initializers.get(node.inputs[0]!) ?? values.get(node.inputs[0]!))])), outputs);
    current = { ...current, nodes: ancestorsOf(current.nodes, outputs) };
  }
  throw errors.branchesTooDeep({ limit: limitDepth });
}

const isTrue = (condition: Tensor | undefined): boolean => condition?.data[0] === 1;

function takeBranches(part: Part, taken: ReadonlyMap<Node, boolean>, outputs: readonly string[]): Part {
  const initializers = new Map(part.initializers);
  const used = new Set([...initializers.keys(), ...part.nodes.flatMap((node) => [...node.outputs, ...readsOf(node)])]);
  const nodes = part.nodes.flatMap((node): readonly Node[] => {
    const truth = taken.get(node);
    const branch = truth === undefined ? undefined : node.attrs[truth ? 'then_branch' : 'else_branch'];
    if (branch?.type !== 'graph') return [node];
    const { value: graph } = branch;
    const lost = node.outputs.findIndex((output, i) => output !== '' && graph.outputs[i] === undefined);
    if (lost !== -1) throw errors.unknownValue({ value: node.outputs[lost]!, reader: `output ${lost} of node ${node.name}` });
    const own = new Set([...graph.initializers.keys(), ...graph.nodes.flatMap((inner) => inner.outputs)]);
    const names = new Map<string, string>();
    const rename = (name: string): string => {
      const known = names.get(name);
      if (known !== undefined || !own.has(name)) return known ?? name;
      let made = `${node.name}/${name}`;
      for (let count = 2; used.has(made); count++) made = `${node.name}/${name}_${count}`;
      used.add(made);
      names.set(name, made);
      return made;
    };
    for (const [name, value] of graph.initializers) initializers.set(rename(name), value);
    const body = graph.nodes.map((inner) => renameAll(inner, rename));
    const copies = node.outputs.flatMap((output, i): Node[] =>
      (output === '' ? [] : [{ name: `${node.name}/copy/${i}`, op: 'Identity', domain: '', inputs: [rename(graph.outputs[i]!.name)], outputs: [output], attrs: {} }]));
    return [...body, ...copies];
  });
  return withoutCopies({ ...part, nodes, initializers }, outputs);
}

function withoutCopies(part: Part, outputs: readonly string[]): Part {
  const { nodes, initializers } = dropIdentities({
    name: '', nodes: part.nodes, inputs: [], outputs: outputs.map((name) => ({ name, dtype: 'f32', untyped: true })), initializers: part.initializers,
  });
  return { ...part, nodes, initializers };
}
