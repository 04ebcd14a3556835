import { isAtlasError } from '@neuron-atlas/errors';
import { readsOf } from '../edit/reads-of.js';
import { errors } from '../errors.js';
import type { Model, Node, ValueInfo } from '../graph.js';
import type { Runtime } from '../runtime.js';
import { upgradeOpset } from '../upgrade/upgrade-opset.js';
import { ancestors } from './ancestors.js';
import { boundLoops } from './bound-loops.js';
import { checkRows } from './check-rows.js';
import { foldBranches } from './fold-branches.js';
import { learn, type Learnt } from './learn.js';
import type { Part } from './part.js';
import { probeInput } from './probe-input.js';
import { rebatch } from './rebatch.js';
import type { Fed } from './run-part.js';
import { sizeOf } from '../tensor.js';
import type { StaticGraph, ValueType } from './static-graph.js';
import { takesPictures } from './takes-pictures.js';

export interface SpecializeOptions {
  readonly input: string;
  /** Batch first, every dimension a number above 0; of a picture [N, C, H, W], whichever order the file has. */
  readonly shape: readonly number[];
  /** Values at which the graph is cut, as the upgraded model names them; what only later nodes need is left out. */
  readonly outputs: readonly string[];
  readonly runtime: Runtime;
}

/**
 * The part of a model that makes `outputs`, for one input shape; the model is upgraded first (`upgradeOpset`).
 *
 * Shapes and constants come from one run, which is exact for every operator. An `If` whose condition is a constant becomes
 * the branch it takes. The picture is f32[N, C, H, W] where the file has another type or order. A model whose file fixes another batch size is made batchable, and the result compared with the
 * original by rows.
 * Errors: ONNX_NO_SUCH_VALUE, ONNX_OPEN_INPUT, ONNX_INPUT_SHAPE, ONNX_INPUT_TOO_LARGE, ONNX_INPUT_DTYPE, ONNX_UNKNOWN_OPERATOR, ONNX_TOO_MUCH,
 * ONNX_RUNTIME_REFUSES, ONNX_SIZED_BY_CONTENT, ONNX_NOT_BATCHABLE, and those of `upgradeOpset`.
 */
export async function specialize(model: Model, { input, shape, outputs, runtime }: SpecializeOptions): Promise<StaticGraph> {
  const { graph: upgraded, opsets } = upgradeOpset(model);
  const graph = takesPictures(upgraded, input, shape[1]);
  const info = graph.inputs.find((candidate) => candidate.name === input);
  if (info === undefined) throw errors.noSuchValue({ name: input, known: graph.inputs.map((candidate) => candidate.name) });
  checkShape(info, shape);
  checkSize(info, shape);
  const feed = (batch: number): Fed => ({ name: input, tensor: probeInput([batch, ...shape.slice(1)], info.dtype) });
  const fixed = typeof info.shape?.[0] === 'number' ? info.shape[0] : undefined;
  const batch = shape[0]!;

  const nodes = ancestors(graph, outputs);
  checkInputs(graph.inputs, nodes, input);
  const bounded = await boundLoops({ nodes, initializers: graph.initializers, opsets }, feed(fixed ?? batch), runtime);
  const part = await foldBranches(bounded, feed(fixed ?? batch), outputs, runtime);
  const direct = fixed === undefined || fixed === batch ? await attempt(part, feed(batch), outputs, runtime, fixed === batch || batch === 1) : undefined;
  if (direct !== undefined) return staticGraph(part, direct, feed(batch), outputs);

  // Made for another batch size, openly or by numbers written into its reshapes.
  const from = fixed ?? 1;
  const before = await learn(part, feed(from), outputs, runtime);
  const rebatched = rebatch(part, before, input, from, batch);
  const after = await learn(rebatched, feed(batch), outputs, runtime).catch((cause: unknown) => {
    if (!isAtlasError(cause) || cause.code !== 'ONNX_RUNTIME_REFUSES') throw cause;
    throw errors.notBatchable({ fixed: from, batch, reason: cause.message }, cause);
  });
  await checkRows({ part, feed: feed(from) }, { part: rebatched, feed: feed(batch) }, outputs, rebatched.axes, runtime);
  return staticGraph(rebatched, after, feed(batch), outputs);
}

/** As the file has it; undefined if the runtime refuses this batch size, or if an output does not begin with it. */
async function attempt(part: Part, feed: Fed, outputs: readonly string[], runtime: Runtime, last: boolean): Promise<Learnt | undefined> {
  try {
    const learnt = await learn(part, feed, outputs, runtime);
    const batched = outputs.every((name) => (learnt.types.get(name)?.shape[0] ?? feed.tensor.shape[0]) === feed.tensor.shape[0]);
    return last || batched ? learnt : undefined;
  } catch (error) {
    if (last || !isAtlasError(error) || error.code !== 'ONNX_RUNTIME_REFUSES') throw error;
    return undefined;
  }
}

function checkShape(info: ValueInfo, shape: readonly number[]): void {
  const possible = shape.length > 0 && shape.every((dim) => Number.isSafeInteger(dim) && dim > 0);
  if (!possible || (info.shape !== undefined && info.shape.length !== shape.length)) {
    throw errors.inputShape({ input: info.name, shape, declared: info.shape?.map((dim) => String(dim ?? '?')) ?? ['any'] });
  }
}

/** A quarter of a gigabyte: a picture beyond it does not go through any network of today's in memory that a machine has. */
const limitInput = 2 ** 26;
/** The longest side of a picture, as specs have it for those of a data set. */
const limitSide = 2 ** 14;
/** No exporter fixes a batch beyond it; all of it would be run, several times, to learn the shapes. */
const limitBatch = 1024;

/** Of what is asked for, and of the batch that the file fixes: both are run. */
function checkSize(info: ValueInfo, shape: readonly number[]): void {
  const fixed = info.shape?.[0];
  if (typeof fixed === 'number' && fixed > limitBatch) throw errors.inputTooLarge({ input: info.name, shape: [fixed, ...shape.slice(1)], limit: `${limitBatch} pictures at once` });
  if (shape.slice(2).some((dim) => dim > limitSide)) throw errors.inputTooLarge({ input: info.name, shape, limit: `${limitSide} pixels a side` });
  for (const batch of [shape[0]!, ...(typeof fixed === 'number' ? [fixed] : [])]) {
    const fed = [batch, ...shape.slice(1)];
    if (sizeOf(fed) > limitInput) throw errors.inputTooLarge({ input: info.name, shape: fed, limit: `${limitInput} numbers` });
  }
}

function checkInputs(inputs: readonly ValueInfo[], nodes: readonly Node[], input: string): void {
  const read = new Set(nodes.flatMap(readsOf));
  const open = inputs.filter(({ name }) => name !== input && read.has(name));
  if (open.length > 0) throw errors.openInput({ names: open.map(({ name }) => name), input });
}

/** Only the nodes that change with the input; what they read of the others is a constant. */
function staticGraph(part: Part, { types, constants }: Learnt, feed: Fed, outputs: readonly string[]): StaticGraph {
  const all = new Map<string, ValueType>(types);
  for (const [name, { dtype, shape }] of constants) all.set(name, { dtype, shape });
  return {
    opset: part.opsets.get('')!,
    input: { name: feed.name, dtype: feed.tensor.dtype, shape: feed.tensor.shape },
    nodes: part.nodes.filter((node) => node.outputs.some((name) => types.has(name))),
    initializers: constants,
    types: all,
    outputs,
  };
}
