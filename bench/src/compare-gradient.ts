import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gradients } from '@neuron-atlas/autodiff';
import { foldBatchNorm, graft, GraphBuilder, specialize, tensor, upgradeOpset, writeModel, type Runtime } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';

/** What bench/oracle/export.py writes of a case. */
export interface OracleCase {
  readonly name: string;
  readonly exporter: string;
  /** Of the picture, and of the result. */
  readonly shape: readonly number[];
  readonly result: readonly number[];
  /** How many pictures there are, each compared by itself. */
  readonly pictures: number;
  /** The relative error of PyTorch's own gradient in float32, picture by picture. */
  readonly torchFloat32: readonly number[];
}

export interface Comparison {
  /** |ours − theirs| / |theirs|, Euclidean, picture by picture. */
  readonly errors: readonly number[];
  /** Of the network and its gradient. */
  readonly nodes: number;
}

/** The gradient of ⟨direction, network(picture)⟩ with respect to the picture, ours in float32 against the case's in float64. */
export async function compareGradient(folder: string, { shape, pictures }: Pick<OracleCase, 'shape' | 'pictures'>, runtime: Runtime): Promise<Comparison> {
  const model = upgradeOpset((await loadModelFile(join(folder, 'model.onnx'))).model);
  const input = model.graph.inputs.find(({ name }) => !model.graph.initializers.has(name))!.name;
  const output = model.graph.outputs[0]!.name;
  const network = foldBatchNorm(await specialize(model, { input, shape, outputs: [output], runtime }));
  const g = new GraphBuilder({ opset: network.opset });
  const x = g.input('picture', 'f32', shape);
  const y = graft(g, network, x)(output);
  const direction = await floatsOf(join(folder, 'direction.f32'));
  const [dx] = gradients(g, { of: y, seed: g.constant(tensor('f32', y.shape, direction)), wrt: [x] });
  const result = g.identity(dx!);
  await using session = await runtime.load(writeModel({ irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', g.opset]]), functions: [], metadata: new Map(), graph: g.build('gradient', [result]) }));
  const drawn = await floatsOf(join(folder, 'picture.f32'));
  const bytes = await readFile(join(folder, 'gradient.f64'));
  const theirs = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const length = drawn.length / pictures;
  const errors: number[] = [];
  for (let start = 0; start < drawn.length; start += length) {
    const ours = (await session.run({ picture: tensor('f32', shape, drawn.slice(start, start + length)) }))[result.name]!.data as Float32Array;
    let [apart, size] = [0, 0];
    theirs.subarray(start, start + length).forEach((value, i) => { apart += (ours[i]! - value) ** 2; size += value ** 2; });
    errors.push(Math.sqrt(apart / size));
  }
  return { errors, nodes: g.nodes.length };
}

/** The numbers of a file of float32. */
export async function floatsOf(path: string): Promise<Float32Array> {
  const bytes = await readFile(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
