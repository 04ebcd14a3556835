import { f32, GraphBuilder, writeModel, type Runtime } from '@neuron-atlas/onnx';

// A convolution as the middle layers of image models have it: 64 channels, 3 × 3, at 56 × 56, four pictures.
const [batch, channels, side, kernel] = [4, 64, 56, 3];
const gigaMacs = (batch * channels * channels * kernel ** 2 * side ** 2) / 1e9;
const measureMs = 1_000;

/** Multiply-adds a second, in 10^9, of a typical convolution on a runtime, measured for about a second. */
export async function measureSpeed(runtime: Runtime, now: () => number, signal: AbortSignal): Promise<number> {
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('x', 'f32', [batch, channels, side, side]);
  const weights = g.constant(f32([channels, channels, kernel, kernel], new Float32Array(channels * channels * kernel ** 2).fill(0.01)));
  const graph = g.build('speed', [g.conv(x, weights, undefined, { pads: [1, 1, 1, 1] })]);
  const model = writeModel({ irVersion: 8, producer: 'neuron-atlas', opsets: new Map([['', 18]]), graph, functions: [], metadata: new Map() });
  await using session = await runtime.load(model);
  const feeds = { x: f32([batch, channels, side, side], new Float32Array(batch * channels * side ** 2).fill(0.5)) };
  await session.run(feeds); // the first run allocates
  const start = now();
  for (let runs = 1; ; runs++) {
    signal.throwIfAborted();
    await session.run(feeds);
    const elapsed = now() - start;
    if (elapsed >= measureMs) return (runs * gigaMacs) / (elapsed / 1000);
  }
}
