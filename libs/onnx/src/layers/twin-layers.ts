import { intOr } from '../attribute.js';
import type { Graph, Node } from '../graph.js';
import { normalAxis } from '../shape-arithmetic.js';
import { sizeOf } from '../tensor.js';
import type { Layer } from './find-layers.js';

/** Some units of a layer, as they lie in another. */
export interface Part {
  readonly layer: string;
  /** The first unit of this part in the other layer; they come in order from unit 0 of their own. */
  readonly start: number;
  readonly units: number;
}

/** A layer whose units other layers have already: behind their nonlinearity, or side by side with others'. */
export interface TwinLayer extends Layer {
  readonly of: readonly Part[];
}

type Shapes = ReadonlyMap<string, readonly number[]>;

/**
 * The other names of layers' units, in the graph's order: `conv1.post` is what comes behind the nonlinearity of `conv1`, and
 * `fire2.concat` the concatenation of `fire2.expand1x1` and `fire2.expand3x3`, whose units are counted through.
 *
 * A nonlinearity is one node or the nodes that it is written out as. A concatenation counts where each of its inputs is a layer,
 * behind its nonlinearity or not, a pool of one, or another concatenation of such.
 */
export function twinLayers({ nodes, initializers }: Graph, layers: readonly Layer[], shapes: Shapes): readonly TwinLayer[] {
  const scalar = (name: string): boolean => { const known = initializers.get(name); return known !== undefined && sizeOf(known.shape) === 1; };
  const readers = new Map<string, Node[]>();
  for (const node of nodes) for (const name of new Set(node.inputs)) readers.set(name, [...(readers.get(name) ?? []), node]);
  const byTensor = new Map(layers.map((layer) => [layer.tensor, layer]));
  const taken = new Set(layers.map(({ id }) => id));
  /** What units a value has, one after the other along `axis`. */
  const carried = new Map<string, { readonly parts: readonly Part[]; readonly axis: 1 | -1 }>();
  const found = new Map<string, TwinLayer>();
  const named = (wished: string): string => {
    let id = wished;
    for (let number = 2; taken.has(id); number++) id = `${wished}.${number}`;
    taken.add(id);
    return id;
  };

  for (const layer of layers) {
    if (layer.kind !== 'channel' && layer.kind !== 'feature') continue;
    const whole = { parts: [{ layer: layer.id, start: 0, units: layer.units }], axis: layer.axis };
    carried.set(layer.tensor, whole);
    const last = behindNonlinearity(layer.tensor, readers, scalar);
    if (last === undefined || byTensor.has(last.outputs[0]!)) continue;
    carried.set(last.outputs[0]!, whole);
    found.set(last.outputs[0]!, { ...layer, id: named(`${layer.id}.post`), tensor: last.outputs[0]!, node: last.name, site: 'post', of: whole.parts });
  }
  for (const node of nodes) {
    if (node.domain !== '') continue;
    const [name = ''] = node.outputs;
    const before = carried.get(node.inputs[0] ?? '');
    if (before !== undefined && keeps.has(node.op) && !carried.has(name)) carried.set(name, before);
    if (node.op !== 'Concat') continue;
    const inputs = node.inputs.map((input) => carried.get(input));
    const [first] = inputs;
    const rank = shapes.get(name)?.length ?? shapes.get(node.inputs[0]!)?.length ?? 0;
    if (first === undefined || rank === 0 || inputs.length < 2 || inputs.some((input) => input?.axis !== first.axis) || inputs.reduce((sum, input) => sum + input!.parts.length, 0) > mostParts || normalAxis(intOr(node.attrs, 'axis', 0), rank) !== normalAxis(first.axis, rank)) continue;
    let start = 0;
    const parts = inputs.flatMap((input) => input!.parts.map(({ layer, units }) => { start += units; return { layer, start: start - units, units }; }));
    carried.set(name, { parts, axis: first.axis });
    const ids = [...new Set(parts.map(({ layer }) => layer))];
    found.set(name, { id: named([...commonPath(ids), 'concat'].join('.')), tensor: name, op: 'Concat', node: node.name, site: 'post', units: start, axis: first.axis, kind: first.axis === 1 ? 'channel' : 'feature', weights: '', of: parts });
  }
  return nodes.flatMap(({ outputs }) => found.get(outputs[0] ?? '') ?? []);
}

/** Concatenations of concatenations may double at each step; no network joins so many layers. */
const mostParts = 1024;

/** What leaves each unit what it is. */
const keeps = new Set(['MaxPool', 'AveragePool', 'Identity', 'Dropout', 'Relu', 'LeakyRelu', 'Clip', 'LRN']);

const nonlinear = new Set([
  'Relu', 'LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Celu', 'Gelu', 'Erf', 'HardSigmoid', 'HardSwish', 'Mish', 'Sigmoid', 'Softplus', 'Softsign', 'Swish', 'Tanh', 'ThresholdedRelu', 'Clip', 'Max', 'Min', 'Exp', 'Shrink',
]);
const linear = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Neg', 'Identity', 'Sqrt', 'Reciprocal', 'Log', 'Dropout']);
// No activation in use is written out in more.
const mostNodes = 16;

/**
 * The last node of the nonlinearity behind a value: of the nodes that read nothing but it, each other and scalars, the first
 * behind which nothing reads what came before. Undefined where something else reads the value too.
 */
function behindNonlinearity(tensor: string, readers: ReadonlyMap<string, readonly Node[]>, scalar: (name: string) => boolean): Node | undefined {
  const inside = new Set([tensor]);
  const members: Node[] = [];
  let bends = false;
  for (let count = 0; count < mostNodes; count++) {
    const next = [...inside].flatMap((name) => readers.get(name) ?? []).find((node) => !members.includes(node)
      && node.domain === '' && (nonlinear.has(node.op) || linear.has(node.op))
      && node.inputs.every((name, index) => name === '' || inside.has(name) || scalar(name) || (node.op === 'PRelu' && index === 1)));
    if (next === undefined) return undefined;
    members.push(next);
    inside.add(next.outputs[0]!);
    bends ||= nonlinear.has(next.op);
    const open = [...inside].filter((name) => name !== next.outputs[0] && (readers.get(name) ?? []).some((node) => !members.includes(node)));
    if (bends && open.length === 0) return next;
  }
  return undefined;
}

function commonPath(ids: readonly string[]): readonly string[] {
  const [first = [], ...others] = ids.map((id) => id.split('.'));
  const end = first.findIndex((part, i) => others.some((other) => other[i] !== part));
  return first.slice(0, end < 0 ? first.length : end);
}
