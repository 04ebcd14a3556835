import { GraphBuilder, sizeOf, tensor, writeModel, type Runtime, type Tensor } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { timeRuns } from './time-runs.js';

const side = 1536;

/** Multiply-adds a second of the runtime's product of two matrices of 1536 × 1536: about as fast as this machine multiplies. */
export async function peakRate(runtime: Runtime): Promise<number> {
  const { normal } = randomStream(0, 'peak');
  const drawn = (): Tensor => tensor('f32', [side, side], Float32Array.from({ length: sizeOf([side, side]) }, () => normal()));
  const g = new GraphBuilder({ opset: 18 });
  const product = g.matMul(g.input('a', 'f32', [side, side]), g.constant(drawn(), 'b'));
  const bytes = writeModel({ irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', g.opset]]), functions: [], metadata: new Map(), graph: g.build('product', [product]) });
  await using session = await runtime.load(bytes);
  const feeds = { a: drawn() };
  return (1000 * side ** 3) / await timeRuns(() => session.run(feeds));
}
