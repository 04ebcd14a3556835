import { GraphBuilder, int, intOr, ints, sizeOf, tensor, type Tensor, toNumbers, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { gradients } from './index.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });

interface First { readonly size: readonly [number, number]; readonly channels?: number; readonly kernel: number; readonly stride: number; readonly pad: number; readonly dilation?: number; readonly pool: number; readonly step: number; readonly poolPad: number }
const firsts: readonly First[] = [
  { size: [22, 26], kernel: 7, stride: 2, pad: 3, pool: 3, step: 2, poolPad: 1 },
  { size: [23, 21], kernel: 7, stride: 2, pad: 3, pool: 3, step: 2, poolPad: 1 },
  { size: [24, 24], kernel: 3, stride: 2, pad: 0, pool: 3, step: 2, poolPad: 0 },
  { size: [27, 22], kernel: 3, stride: 2, pad: 1, pool: 2, step: 2, poolPad: 0 },
  { size: [20, 31], channels: 1, kernel: 5, stride: 2, pad: 2, pool: 3, step: 3, poolPad: 1 },
  { size: [25, 25], kernel: 3, stride: 3, pad: 1, dilation: 2, pool: 2, step: 2, poolPad: 0 },
  { size: [19, 20], kernel: 4, stride: 2, pad: 1, pool: 3, step: 1, poolPad: 1 },
  { size: [67, 66], kernel: 11, stride: 4, pad: 2, pool: 3, step: 2, poolPad: 0 },
  { size: [23, 30], kernel: 3, stride: 4, pad: 0, pool: 2, step: 2, poolPad: 0 },
  { size: [21, 22], kernel: 1, stride: 2, pad: 0, pool: 3, step: 2, poolPad: 1 },
  { size: [26, 25], kernel: 2, stride: 2, pad: 0, pool: 2, step: 3, poolPad: 0 },
  { size: [24, 24], kernel: 3, stride: 3, pad: 0, pool: 1, step: 2, poolPad: 0 },
];

/** A picture, a convolution's kernel and bias, and what comes to the pool's result: a first layer with its gradient. */
function firstLayer({ size: [h, w], channels = 3, kernel, stride, pad, dilation = 1, pool, step, poolPad }: First, flat: boolean) {
  const random = seeded(5);
  const drawn = (shape: readonly number[], value = (): number => random() - 0.5): Tensor => tensor('f32', shape, Float32Array.from({ length: sizeOf(shape) }, value));
  const outs = 16;
  const picture = drawn([2, channels, h, w], flat ? () => 0.25 : undefined);
  const weights = drawn([outs, channels, kernel, kernel]);
  const bias = drawn([outs]);
  const map = [h, w].map((length) => Math.floor((length + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1) as [number, number];
  const pooled = map.map((length) => Math.floor((length + 2 * poolPad - pool) / step) + 1) as [number, number];
  const dy = drawn([2, outs, ...pooled]);
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('x', 'f32', picture.shape);
  const rectified = g.relu(g.conv(x, g.constant(weights), g.constant(bias), { strides: [stride, stride], pads: [pad, pad, pad, pad], dilations: [dilation, dilation] }));
  const y = g.emit('MaxPool', [rectified], { kernel_shape: ints([pool, pool]), strides: ints([step, step]), pads: ints([poolPad, poolPad, poolPad, poolPad]), ceil_mode: int(0) }, [{ dtype: 'f32', shape: [2, outs, ...pooled] }])[0]!;
  const [dx] = gradients(g, { of: y, seed: g.constant(dy), wrt: [x] });
  return { g, dx: dx!, picture, weights, bias, dy, map, pooled };
}

/** The same gradient by loops over every product, in float64; a maximum held by several is shared. */
function byLoops({ size: [h, w], channels = 3, kernel, stride, pad, dilation = 1, pool, step, poolPad }: First, { picture, weights, bias, dy, map, pooled }: Omit<ReturnType<typeof firstLayer>, 'g' | 'dx'>): number[] {
  const [x, k, b, d] = [picture, weights, bias, dy].map(toNumbers) as [number[], number[], number[], number[]];
  const dx = new Array<number>(x.length).fill(0);
  for (let n = 0; n < 2; n++) for (let o = 0; o < 16; o++) {
    const reads = (r: number, c: number, visit: (at: number, tap: number) => void): void => {
      for (let i = 0; i < channels; i++) for (let s = 0; s < kernel; s++) for (let t = 0; t < kernel; t++) {
        const [row, column] = [r * stride - pad + s * dilation, c * stride - pad + t * dilation];
        if (row >= 0 && row < h && column >= 0 && column < w) visit(((n * channels + i) * h + row) * w + column, ((o * channels + i) * kernel + s) * kernel + t);
      }
    };
    const value = Array.from({ length: map[0] * map[1] }, (_, at) => {
      let sum = b[o]!;
      reads(Math.floor(at / map[1]), at % map[1], (from, tap) => { sum += x[from]! * k[tap]!; });
      return Math.max(0, Math.fround(sum));
    });
    for (let r = 0; r < pooled[0]; r++) for (let c = 0; c < pooled[1]; c++) {
      const seen: number[] = [];
      for (let s = 0; s < pool; s++) for (let t = 0; t < pool; t++) {
        const [row, column] = [r * step - poolPad + s, c * step - poolPad + t];
        if (row >= 0 && row < map[0] && column >= 0 && column < map[1]) seen.push(row * map[1] + column);
      }
      const most = Math.max(...seen.map((at) => value[at]!));
      const holders = seen.filter((at) => value[at]! >= most - 1e-6 * most);
      if (most > 0) for (const at of holders) reads(Math.floor(at / map[1]), at % map[1], (from, tap) => { dx[from]! += k[tap]! * d[((n * 16 + o) * pooled[0] + r) * pooled[1] + c]! / holders.length; });
    }
  }
  return dx;
}

const run = async ({ g, dx, picture }: Pick<ReturnType<typeof firstLayer>, 'g' | 'dx' | 'picture'>): Promise<number[]> => {
  await using session = await runtime.load(writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', g.opset]]), functions: [], metadata: new Map(), graph: g.build('first', [dx]) }));
  return toNumbers((await session.run({ x: picture }))[dx.name]!);
};

describe('the gradient of a picture behind a strided convolution, a Relu and a pool', () => {
  it.each(firsts)('is what loops over every product give: $size, kernel $kernel by $stride, pool $pool by $step', async (first) => {
    const layer = firstLayer(first, false);
    const [ours, theirs] = [await run(layer), byLoops(first, layer)];
    const size = Math.hypot(...theirs);
    expect(Math.hypot(...theirs.map((value, i) => value - ours[i]!)) / size).toBeLessThan(2e-6);
  });

  it('shares what comes to maxima of the same height, as in a picture of one colour', async () => {
    const first = firsts[0]!;
    const layer = firstLayer(first, true);
    const [ours, theirs] = [await run(layer), byLoops(first, layer)];
    expect(Math.hypot(...theirs.map((value, i) => value - ours[i]!)) / Math.hypot(...theirs)).toBeLessThan(2e-6);
  });

  it('never puts the map of the convolution together', () => {
    const { g } = firstLayer(firsts[0]!, false);
    expect(g.nodes.filter(({ op, attrs }) => op === 'ConvTranspose' || (op === 'Concat' && intOr(attrs, 'axis', 0) > 1))).toEqual([]);
  });

  it('goes the other way where a large pool would make it dearer', () => {
    const { g } = firstLayer({ size: [68, 68], kernel: 8, stride: 4, pad: 2, pool: 4, step: 4, poolPad: 0 }, false);
    expect(g.nodes.filter(({ op }) => op === 'ConvTranspose')).toHaveLength(1);
  });
});
