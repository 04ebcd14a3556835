import { int, intsOr } from '../attribute.js';
import { computedBy } from '../computed-tensor.js';
import { arrayType } from '../dtype.js';
import { readsOf } from '../edit/reads-of.js';
import { errors } from '../errors.js';
import type { Node } from '../graph.js';
import type { Runtime } from '../runtime.js';
import { i64, sizeOf, type Tensor, toNumbers } from '../tensor.js';
import { ancestorsOf } from './ancestors.js';
import { readAtOnceBytes } from '../tensor-source.js';
import { movingValues } from './moving.js';
import type { Part } from './part.js';
import { type Fed, runPart } from './run-part.js';
import type { ValueType } from './static-graph.js';

export interface Learnt {
  /** Of the values that change with the input. */
  readonly types: ReadonlyMap<string, ValueType>;
  /** The values that do not change and are read by nodes that do, or asked for. */
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** Operators whose output's size is a matter of the picture's content. */
const sizedByContent = new Set(['NonZero', 'Unique', 'Compress', 'NonMaxSuppression']);
/** Operators whose output's size is written in these of their inputs. */
const sizeInputs = new Map<string, readonly number[]>(Object.entries({
  Reshape: [1], Expand: [1], Tile: [1], ConstantOfShape: [0], Range: [0, 1, 2], Resize: [2, 3], TopK: [1], OneHot: [1], Pad: [1], CenterCropPad: [1],
}));

/**
 * Types of all values and the constants among them, from one run.
 *
 * Exact for every operator that the runtime has. Not the values come out of the run but their shapes, and of each an empty
 * slice for its element type: a batch of pictures through a deep network does not fit in memory whole.
 */
export async function learn(part: Part, feed: Fed, outputs: readonly string[], runtime: Runtime): Promise<Learnt> {
  const moving = movingValues(part.nodes, feed.name);
  checkSizes(part.nodes, moving);
  checkEffort(part);
  const made = part.nodes.flatMap((node) => node.outputs.filter((name) => name !== '' && moving.has(name)));
  const read = new Set([...part.nodes.filter((node) => node.outputs.some((name) => moving.has(name))).flatMap(readsOf), ...outputs]);
  const still = [...read].filter((name) => !moving.has(name));
  const computed = still.filter((name) => !part.initializers.has(name));

  // What comes of weights that are not in memory is learnt by its type first: most of it is as large as they are.
  const heavy = new Set(computed.length === 0 ? [] : touched(part));
  const [weighty, light] = [computed.filter((name) => heavy.has(name)), computed.filter((name) => !heavy.has(name))];

  const zero = 'learn/zero';
  const one = 'learn/one';
  const probed = [...made, ...weighty];
  const probes = probed.flatMap((name, i): Node[] => [
    { name: `learn/shape/${i}`, op: 'Shape', domain: '', inputs: [name], outputs: [`learn/shape/${i}`], attrs: {} },
    { name: `learn/flat/${i}`, op: 'Flatten', domain: '', inputs: [name], outputs: [`learn/flat/${i}`], attrs: { axis: int(0) } },
    { name: `learn/empty/${i}`, op: 'Slice', domain: '', inputs: [`learn/flat/${i}`, zero, zero, one], outputs: [`learn/empty/${i}`], attrs: {} },
  ]);
  const withProbes = {
    ...part,
    nodes: [...part.nodes, ...probes],
    initializers: new Map([...part.initializers, [zero, i64([1], [0])], [one, i64([1], [1])]]),
  };
  const found = await runPart(withProbes, feed, [...probed.flatMap((_, i) => [`learn/shape/${i}`, `learn/empty/${i}`]), ...light], runtime);
  const typeOf = (i: number): ValueType => ({ dtype: found.get(`learn/empty/${i}`)!.dtype, shape: toNumbers(found.get(`learn/shape/${i}`)!) });
  const derived = await weightyConstants(part, feed, new Map(weighty.map((name, i) => [name, typeOf(made.length + i)])), runtime);
  return {
    types: new Map([
      [feed.name, { dtype: feed.tensor.dtype, shape: feed.tensor.shape }],
      ...made.map((name, i): [string, ValueType] => [name, typeOf(i)]),
    ]),
    constants: new Map(still.map((name) => [name, part.initializers.get(name) ?? derived.get(name) ?? found.get(name)!])),
  };
}

/** The values that are made from tensors which are not in memory. */
function touched({ nodes, initializers }: Part): readonly string[] {
  const names = new Set([...initializers].flatMap(([name, { source }]) => (source === undefined ? [] : [name])));
  if (names.size > 0) for (const node of nodes) if (readsOf(node).some((name) => names.has(name))) for (const output of node.outputs) names.add(output);
  return [...names];
}

/** Of such values the small ones as the runtime computes them, the large ones as the nodes that make them. */
async function weightyConstants(part: Part, feed: Fed, types: ReadonlyMap<string, ValueType>, runtime: Runtime): Promise<ReadonlyMap<string, Tensor>> {
  const large = new Map([...types].filter(([, { dtype, shape }]) => dtype !== 'string' && sizeOf(shape) * arrayType[dtype].BYTES_PER_ELEMENT > readAtOnceBytes));
  const small = [...types.keys()].filter((name) => !large.has(name));
  const read = await runPart({ ...part, nodes: ancestorsOf(part.nodes, small) }, feed, small, runtime);
  return new Map([...types].map(([name, type]) => {
    const value = read.get(name);
    if (value !== undefined) return [name, value];
    const nodes = ancestorsOf(part.nodes, [name]);
    const reads = new Set(nodes.flatMap(readsOf));
    const initializers = new Map([...part.initializers].filter(([key]) => reads.has(key)));
    const graph = { name: 'computed', nodes, inputs: [], outputs: [{ name, ...type }], initializers };
    return [name, computedBy(graph, type, () => { throw new Error(`unreachable: the numbers of ${name} are known to the runtime alone`); })];
  }));
}

/** What no network for pictures comes near, and what would run this machine out of memory. */
const limitElements = 2 ** 31;
const limitPads = 2 ** 14;

/** An error for a node whose constants ask for an absurd amount of work, before the runtime takes them at their word. */
function checkEffort({ nodes, initializers }: Part): void {
  const numbers = (name: string | undefined): readonly number[] => {
    const value = initializers.get(name ?? '');
    return value?.dtype === 'i64' ? toNumbers(value) : [];
  };
  for (const node of nodes) {
    if (node.domain !== '') continue;
    const pads = Math.max(0, ...intsOr(node.attrs, 'pads', []).slice(0, 16), ...intsOr(node.attrs, 'output_padding', []).slice(0, 16));
    if (pads > limitPads) throw errors.tooMuch({ node: node.name, op: node.op, asks: `pads of ${pads}` });
    if (!['Expand', 'Tile', 'ConstantOfShape', 'Reshape', 'Resize'].includes(node.op)) continue;
    const elements = (sizeInputs.get(node.op) ?? []).flatMap((index) => numbers(node.inputs[index])).reduce((product, dim) => product * Math.max(dim, 1), 1);
    if (elements > limitElements) throw errors.tooMuch({ node: node.name, op: node.op, asks: `${elements} elements` });
  }
}

function checkSizes(nodes: readonly Node[], moving: ReadonlySet<string>): void {
  for (const node of nodes) {
    if (node.domain !== '') continue;
    const moves = (index: number): boolean => moving.has(node.inputs[index] ?? '');
    if (sizedByContent.has(node.op) ? node.inputs.some((_, i) => moves(i)) : (sizeInputs.get(node.op) ?? []).some(moves)) {
      throw errors.sizedByContent({ node: node.name, op: node.op });
    }
  }
}
