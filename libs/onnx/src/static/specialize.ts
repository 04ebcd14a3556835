import { readsOf } from '../edit/reads-of.js';
import { errors } from '../errors.js';
import type { Model, Node } from '../graph.js';
import type { Runtime } from '../runtime.js';
import { sizeOf, tensor, type Tensor } from '../tensor.js';
import { writeModel } from '../write/write-model.js';
import { ancestors } from './ancestors.js';
import { rebatch } from './rebatch.js';
import type { StaticGraph, ValueType } from './static-graph.js';

export interface SpecializeOptions {
  readonly input: string;
  /** Batch first, every dimension a number above 0. */
  readonly shape: readonly number[];
  /** Values at which the graph is cut; what only later nodes need is left out. */
  readonly outputs: readonly string[];
  readonly runtime: Runtime;
}

/**
 * The part of a model that makes `outputs`, for one input shape.
 *
 * Shapes and constants come from one run with every value exposed, which is exact for every operator. A model whose file
 * fixes another batch size is made batchable, and the result compared with the original row by row.
 * Errors: ONNX_UNKNOWN_VALUE, ONNX_OPEN_INPUT, ONNX_RUNTIME_REFUSES, ONNX_NOT_BATCHABLE.
 */
export async function specialize(model: Model, { input, shape, outputs, runtime }: SpecializeOptions): Promise<StaticGraph> {
  const info = model.graph.inputs.find((candidate) => candidate.name === input);
  if (info === undefined) throw errors.noSuchValue({ name: input, known: model.graph.inputs.map((candidate) => candidate.name) });
  const nodes = ancestors(model.graph, outputs);
  checkInputs(model, nodes, input);
  const rebatched = rebatch(model, nodes, info, shape);
  const feed = probe(shape, info.dtype);
  const values = await expose(model, rebatched.nodes, rebatched.initializers, { name: input, tensor: feed }, runtime);
  if (rebatched.changed) await checkRows(model, nodes, { name: input, tensor: feed }, outputs, values, runtime);
  return fold(model, rebatched.nodes, rebatched.initializers, { name: input, dtype: info.dtype, shape }, outputs, values);
}

/** Small, seeded, not zero: operators that divide or normalise then meet ordinary numbers. */
function probe(shape: readonly number[], dtype: Tensor['dtype']): Tensor {
  const size = sizeOf(shape);
  let state = 0x2545f491;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  if (dtype === 'u8') return tensor('u8', shape, Uint8Array.from({ length: size }, () => Math.floor((next() + 0.5) * 255)));
  if (dtype !== 'f32') throw errors.inputDtype({ dtype });
  return tensor('f32', shape, Float32Array.from({ length: size }, next));
}

function checkInputs(model: Model, nodes: readonly Node[], input: string): void {
  const read = new Set(nodes.flatMap(readsOf));
  const open = model.graph.inputs.filter(({ name }) => name !== input && read.has(name));
  if (open.length > 0) throw errors.openInput({ names: open.map(({ name }) => name), input });
}

async function expose(model: Model, nodes: readonly Node[], initializers: ReadonlyMap<string, Tensor>, feed: { readonly name: string; readonly tensor: Tensor }, runtime: Runtime): Promise<ReadonlyMap<string, Tensor>> {
  const read = new Set(nodes.flatMap(readsOf));
  const outputs = nodes.flatMap((node) => node.outputs.filter((name) => name !== ''));
  if (outputs.length === 0) return new Map();
  const bytes = writeModel({
    ...model, irVersion: Math.max(model.irVersion, 8),
    graph: {
      name: 'exposed', nodes,
      inputs: [{ name: feed.name, dtype: feed.tensor.dtype, shape: feed.tensor.shape }],
      outputs: outputs.map((name) => ({ name, dtype: 'f32', untyped: true })),
      initializers: new Map([...initializers].filter(([name]) => read.has(name))),
    },
  });
  try {
    await using session = await runtime.load(bytes, { optimize: 'none' });
    return new Map(Object.entries(await session.run({ [feed.name]: feed.tensor })));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw errors.runtimeRefuses({ shape: feed.tensor.shape, input: feed.name, reason }, cause);
  }
}

/** Row 0 of the batch against the model as the file has it, run on that row alone. */
async function checkRows(model: Model, nodes: readonly Node[], feed: { readonly name: string; readonly tensor: Tensor }, outputs: readonly string[], values: ReadonlyMap<string, Tensor>, runtime: Runtime): Promise<void> {
  const fixed = model.graph.inputs.find(({ name }) => name === feed.name)!.shape![0] as number;
  const size = sizeOf(feed.tensor.shape.slice(1));
  const rows = new Float32Array(fixed * size);
  for (let i = 0; i < fixed; i++) rows.set((feed.tensor.data as Float32Array).subarray(0, size), i * size);
  const original = await expose(model, nodes, model.graph.initializers, { name: feed.name, tensor: tensor('f32', [fixed, ...feed.tensor.shape.slice(1)], rows) }, runtime);
  for (const name of outputs) {
    const [was, is] = [original.get(name)!, values.get(name)!];
    const row = sizeOf(was.shape.slice(1));
    const same = sizeOf(is.shape.slice(1)) === row && (was.data as Float32Array).subarray(0, row)
      .every((value, i) => Math.abs(value - (is.data as Float32Array)[i]!) <= 1e-4 * (1 + Math.abs(value)));
    if (!same) throw errors.notBatchable({ name, fixed, batch: feed.tensor.shape[0]!, shape: is.shape });
  }
}

function fold(model: Model, nodes: readonly Node[], initializers: ReadonlyMap<string, Tensor>, input: ValueType & { readonly name: string }, outputs: readonly string[], values: ReadonlyMap<string, Tensor>): StaticGraph {
  const moving = new Set([input.name]);
  const kept: Node[] = [];
  for (const node of nodes) {
    // The shape of a value is a number here, whatever the value is.
    const still = node.domain === '' && (node.op === 'Shape' || node.op === 'Size') || !readsOf(node).some((name) => moving.has(name));
    if (still) continue;
    kept.push(node);
    for (const name of node.outputs) moving.add(name);
  }
  const read = new Set(kept.flatMap(readsOf));
  const constants = new Map<string, Tensor>();
  for (const name of [...read, ...outputs]) {
    if (moving.has(name)) continue;
    const constant = initializers.get(name) ?? values.get(name);
    if (constant !== undefined) constants.set(name, constant);
  }
  const types = new Map<string, ValueType>([[input.name, input]]);
  for (const [name, { dtype, shape }] of constants) types.set(name, { dtype, shape });
  for (const node of kept) for (const name of node.outputs) if (name !== '') types.set(name, { dtype: values.get(name)!.dtype, shape: values.get(name)!.shape });
  return { opset: model.opsets.get('') ?? 18, input, nodes: kept, initializers: constants, types, outputs };
}
