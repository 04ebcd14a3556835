import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gradients } from '@neuron-atlas/autodiff';
import { foldBatchNorm, graft, GraphBuilder, sizeOf, specialize, tensor, upgradeOpset, writeModel, type Graph, type Model, type Runtime, type StaticGraph, type Tensor, type Value } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { floatsOf, type OracleCase } from './compare-gradient.js';
import { inFloat64 } from './in-float64.js';

/**
 * Writes what bench/oracle/exact.py reads of a case into `work`: the gradient graph in float64, and for every picture the
 * gradient that ONNX Runtime gives in float32 together with the forward values that its backward pass read.
 */
export async function writeExact(folder: string, work: string, { shape, pictures }: Pick<OracleCase, 'shape' | 'pictures'>, runtime: Runtime): Promise<void> {
  const model = upgradeOpset((await loadModelFile(join(folder, 'model.onnx'))).model);
  const input = model.graph.inputs.find(({ name }) => !model.graph.initializers.has(name))!.name;
  const output = model.graph.outputs[0]!.name;
  const network = await specialize(model, { input, shape, outputs: [output], runtime });
  const direction = await floatsOf(join(folder, 'direction.f32'));

  const exact = gradientOf(inFloat64(network), output, Float64Array.from(direction));
  const read = forwardReads(exact.graph);
  await writeFile(join(work, 'exact.onnx'), writeModel(modelOf({ ...exact.graph, initializers: new Map([...exact.graph.initializers].map(([name, value]) => [name, narrow(value)])) }, network.opset)));

  const rounded = gradientOf(foldBatchNorm(network), output, direction, read);
  await using session = await runtime.load(writeModel(modelOf(rounded.graph, network.opset)));
  const drawn = await floatsOf(join(folder, 'picture.f32'));
  const length = sizeOf(shape);
  await using forward = await open(join(work, 'forward'), 'w');
  await using results = await open(join(work, 'float32.f32'), 'w');
  let entries: readonly (readonly [name: string, dtype: string, shape: readonly number[]])[] = [];
  for (let start = 0; start < pictures * length; start += length) {
    const values = await session.run({ picture: tensor('f32', shape, drawn.slice(start, start + length)) });
    entries = read.map((name) => [name, values[name]!.dtype, values[name]!.shape]);
    for (const name of read) await forward.write(bytesOf(values[name]!));
    await results.write(bytesOf(values[rounded.result]!));
  }
  await writeFile(join(work, 'exact.json'), JSON.stringify({ shape, pictures, output: exact.output, forward: entries }));
}

function gradientOf(network: StaticGraph, output: string, direction: Float32Array | Float64Array, exposed: readonly string[] = []): { readonly graph: Graph; readonly result: string; readonly output: string } {
  const g = new GraphBuilder({ opset: network.opset });
  const x = g.input('picture', network.input.dtype, network.input.shape);
  const y = graft(g, network, x)(output);
  const seed = direction instanceof Float32Array ? tensor('f32', y.shape, direction) : tensor('f64', y.shape, direction);
  const result = g.identity(gradients(g, { of: y, seed: g.constant(seed), wrt: [x] })[0]!);
  const known = (name: string): Value => {
    const value = g.value(name);
    if (value === undefined) throw new Error(`the float32 graph has no value ${name}`);
    return value;
  };
  return { graph: g.build('gradient', [result, ...exposed.map(known)]), result: result.name, output: y.name };
}

/** The values that the backward pass reads of the forward pass. */
function forwardReads(graph: Graph): string[] {
  const made = new Set(graph.nodes.flatMap(({ name, outputs }) => (name.startsWith('grad/') ? [] : outputs)));
  return [...new Set(graph.nodes.flatMap(({ name, inputs }) => (name.startsWith('grad/') ? inputs.filter((read) => made.has(read)) : [])))];
}

const modelOf = (graph: Graph, opset: number): Model => ({ irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', opset]]), functions: [], metadata: new Map(), graph });

/** Float64 numbers that float32 holds, in float32: the file is half as large, and exact.py widens them. */
function narrow(value: Tensor): Tensor {
  if (value.dtype !== 'f64') return value;
  const data = value.data as Float64Array;
  return data.every((number) => Math.fround(number) === number) ? tensor('f32', value.shape, Float32Array.from(data)) : value;
}

const bytesOf = ({ data }: Tensor): Uint8Array => {
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
};
