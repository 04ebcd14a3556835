import { type GraphBuilder, type Tensor, type Value, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';

/** Runs a finished builder once on the CPU, as written (no optimiser), and gives the named values' tensors in order. */
export async function evaluate(g: GraphBuilder, outputs: readonly Value[], feeds: Readonly<Record<string, Tensor>>): Promise<Tensor[]> {
  const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
  const bytes = writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', g.opset]]), functions: [], metadata: new Map(), graph: g.build('test', outputs) });
  await using session = await runtime.load(bytes, { optimize: 'none', threads: 1 });
  const out = await session.run(feeds);
  return outputs.map((output) => out[output.name]!);
}
