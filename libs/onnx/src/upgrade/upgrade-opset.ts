import type { Attributes } from '../attribute.js';
import { constantsToInitializers } from '../edit/constants-to-initializers.js';
import { dropIdentities } from '../edit/drop-identities.js';
import { dropUnread } from '../edit/drop-unread.js';
import { inlineFunctions } from '../edit/inline-functions.js';
import { mapSubgraphs } from '../edit/map-subgraphs.js';
import { allNamesOf } from '../edit/names-of.js';
import { readsOf } from '../edit/reads-of.js';
import { sortNodes } from '../edit/sort-nodes.js';
import { errors } from '../errors.js';
import type { Graph, Model, Node } from '../graph.js';
import { sizeOf, type Tensor, tensor } from '../tensor.js';
import * as changes from './changes/index.js';
import type { OpChange, UpgradeContext } from './op-change.js';
import type { OpRewrite } from './op-rewrite.js';
import * as rewrites from './rewrites/index.js';
import { scalarLike } from './scalar-like.js';
import { Scope } from './scope.js';

/** The opsets that the rest of the project knows; older models become the first. */
export const oldestOpset = 18;
export const newestOpset = 22;

/** Operators that ai.onnx has only since the opset given and that are not rewritten; all others mean the same there as in 22. */
const sinceLater = new Map(Object.entries({ TensorScatter: 24, BitCast: 26, CumProd: 26 }));

const inOrder: readonly OpChange[] = Object.values(changes).sort((a, b) => a.since - b.since);
const rewriteOf = new Map(Object.values(rewrites).flatMap((rewrite) => rewrite.ops.map((op) => [`${rewrite.domain}:${op}`, rewrite] as const)));
const done = new WeakMap<Model, Model>();

/**
 * The model at an ai.onnx opset of 18 to 22, in a plain form: its own functions put in place, constants as initialisers,
 * no Identity and no Dropout, operators of ONNX Runtime's own and of later opsets written as standard ones. It computes what the model computed; values that are neither copies nor inside functions
 * keep their names.
 *
 * The same model gives the same result object every time, and a result is its own upgrade.
 * Errors: ONNX_OPSET_TOO_NEW, ONNX_UPGRADE_REFUSED, ONNX_FUNCTION_FORM.
 */
export function upgradeOpset(model: Model): Model {
  const known = done.get(model);
  if (known !== undefined) return known;
  const upgraded = upgrade(model);
  done.set(model, upgraded);
  done.set(upgraded, upgraded);
  return upgraded;
}

function upgrade(model: Model): Model {
  const from = model.opsets.get('') ?? oldestOpset;
  const { graph: inlined, opsetOf } = inlineFunctions(model);
  const target = Math.min(Math.max(from, oldestOpset, ...opsetOf.values()), newestOpset);
  const names = new Set([...allNamesOf(inlined), ...inlined.nodes.map((node) => node.name)]);

  const upgradeGraph = (raw: Graph, outer: Scope | undefined): Graph => {
    const graph = constantsToInitializers(raw);
    const initializers = new Map(graph.initializers);
    const scope = new Scope(graph, outer);
    const read = new Set([...graph.nodes.flatMap(readsOf), ...graph.outputs.map((output) => output.name)]);
    const lengthOf = (name: string | undefined): number | undefined => {
      const value = name === undefined ? undefined : initializers.get(name);
      return value === undefined ? undefined : sizeOf(value.shape);
    };
    const nodes = graph.nodes.flatMap((node): readonly Node[] => {
      const opset = opsetOf.get(node) ?? from;
      if (node.domain === '' && opset > newestOpset && (sinceLater.get(node.op) ?? Infinity) <= opset) {
        throw errors.opsetTooNew({ node: node.name, op: node.op, opset, newest: newestOpset });
      }
      const context = contextOf(node, opset, { initializers, scope, read, names });
      const rewrite = rewriteOf.get(`${node.domain}:${node.op}`);
      const [first, last] = rewrite?.opsets ?? [0, Infinity];
      if (rewrite !== undefined && opset >= first && opset <= last) return rewritten(rewrite, node, target, context, (next) => scope.learn(next, lengthOf));
      const made = applyChanges(mapSubgraphs(node, (sub) => upgradeGraph(sub, scope)), opset, target, context);
      for (const next of made) scope.learn(next, lengthOf);
      return made;
    });
    return dropUnread({ ...graph, nodes: sortNodes(nodes), initializers });
  };
  const graph = dropIdentities(upgradeGraph(inlined, undefined));
  return { ...model, irVersion: Math.max(model.irVersion, 8), opsets: new Map([...model.opsets, ['', target]]), graph: dropUnread(graph), functions: [] };
}

function applyChanges(node: Node, opset: number, target: number, context: UpgradeContext): readonly Node[] {
  let nodes: readonly Node[] = [node];
  for (const change of inOrder) {
    if (opset < change.since && (change.since <= target || change.since === Infinity)) nodes = nodes.flatMap((next) => (next.domain === '' && change.ops.includes(next.op) ? change.upgrade(next, context) : [next]));
  }
  return nodes;
}

/** The nodes that a rewrite writes in place of one. */
function rewritten({ rewrite }: OpRewrite, node: Node, target: number, context: UpgradeContext, learn: (next: Node) => void): readonly Node[] {
  const nodes: Node[] = [];
  rewrite(node, {
    ...context,
    target,
    scalar: (value, like) => context.constant(scalarLike(value, context.dtypeOf(like))),
    write: (op, inputs, attrs, output) => {
      const made = context.emit(op, inputs, attrs, output);
      nodes.push(made);
      learn(made);
      return made.outputs[0]!;
    },
  });
  return nodes;
}

/** What a change sees and makes, with everything it makes named after the node. */
function contextOf(node: Node, opset: number, around: { readonly initializers: Map<string, Tensor>; readonly scope: Scope; readonly read: ReadonlySet<string>; readonly names: Set<string> }): UpgradeContext {
  const { initializers, scope, read, names } = around;
  const fresh = (hint: string): string => {
    let name = `${node.name}/${hint}`;
    for (let count = 2; names.has(name); count++) name = `${node.name}/${hint}_${count}`;
    names.add(name);
    return name;
  };
  const constant = (value: Tensor): string => {
    const name = fresh('const');
    initializers.set(name, value);
    return name;
  };
  return {
    constant,
    ints: (values) => constant(tensor('i64', [values.length], BigInt64Array.from(values, toInt64))),
    emit: (op: string, inputs: readonly string[], attrs: Attributes = {}, output?: string): Node => {
      const name = fresh(op);
      return { name, op, domain: '', inputs, outputs: [output ?? name], attrs };
    },
    constantOf: (name) => (name === undefined ? undefined : initializers.get(name)),
    rankOf: (name) => scope.of(name).rank,
    dtypeOf: (name) => scope.of(name).dtype,
    isRead: (name) => name !== undefined && read.has(name),
    refuse: (of, reason) => errors.upgradeRefused({ node: of.name, op: of.op, opset, reason }),
  };
}

const toInt64 = (value: number): bigint => (value >= 2 ** 63 ? 2n ** 63n - 1n : value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(value));
