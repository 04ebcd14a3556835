import { f32, float, GraphBuilder, ints, string, tensor, toNumbers, type Value } from '@neuron-atlas/onnx';
import { evaluate, seeded } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { type BackwardMode, gradients } from './index.js';

const builder = (): GraphBuilder => new GraphBuilder({ opset: 20 });
const drawn = (count: number, seed: number): number[] => { const random = seeded(seed); return Array.from({ length: count }, () => 2 * random() - 1); };
const relu = (v: number): number => Math.max(v, 0);

/** A network in plain loops and float64: 3 × 3 convolution, Relu, 2 × 2 pool with switches, convolution, Relu, sum by weights. */
function byHand(mode: BackwardMode, x: readonly number[], [w1, w2, seed]: readonly [readonly number[], readonly number[], readonly number[]], size: number, [c0, c1, c2]: readonly [number, number, number]): number[] {
  const taps = (channelsIn: number, channelsOut: number, n: number, visit: (from: number, to: number, weight: number) => void): void => {
    for (let o = 0; o < channelsOut; o++) for (let i = 0; i < channelsIn; i++) for (let y = 0; y < n; y++) for (let z = 0; z < n; z++) {
      for (let a = 0; a < 3; a++) for (let b = 0; b < 3; b++) {
        const [v, u] = [y + a - 1, z + b - 1];
        if (v >= 0 && v < n && u >= 0 && u < n) visit((i * n + v) * n + u, (o * n + y) * n + z, ((o * channelsIn + i) * 3 + a) * 3 + b);
      }
    }
  };
  const half = size / 2;
  const conv1 = new Array<number>(c1 * size * size).fill(0);
  taps(c0, c1, size, (from, to, k) => { conv1[to]! += w1[k]! * x[from]!; });
  const switches: number[] = [];
  for (let c = 0; c < c1; c++) for (let y = 0; y < half; y++) for (let z = 0; z < half; z++) {
    let best = -1;
    for (const [a, b] of [[0, 0], [0, 1], [1, 0], [1, 1]] as const) {
      const at = (c * size + 2 * y + a) * size + 2 * z + b;
      if (best === -1 || relu(conv1[at]!) > relu(conv1[best]!)) best = at;
    }
    switches.push(best);
  }
  const pooled = switches.map((at) => relu(conv1[at]!));
  const conv2 = new Array<number>(c2 * half * half).fill(0);
  taps(c1, c2, half, (from, to, k) => { conv2[to]! += w2[k]! * pooled[from]!; });
  const back = (dy: number, pre: number): number => (mode === 'gradient' ? (pre > 0 ? dy : 0) : mode === 'deconvnet' ? relu(dy) : pre > 0 ? relu(dy) : 0);
  const d2 = conv2.map((pre, i) => back(seed[i]!, pre));
  const dPool = new Array<number>(pooled.length).fill(0);
  taps(c1, c2, half, (from, to, k) => { dPool[from]! += w2[k]! * d2[to]!; });
  const dRelu = new Array<number>(conv1.length).fill(0);
  switches.forEach((at, i) => { dRelu[at]! += dPool[i]!; });
  const d1 = conv1.map((pre, i) => back(dRelu[i]!, pre));
  const dx = new Array<number>(x.length).fill(0);
  taps(c0, c1, size, (from, to, k) => { dx[from]! += w1[k]! * d1[to]!; });
  return dx;
}

/** What mode makes of the gradient dy at the result of a function of x. */
async function through(build: (g: GraphBuilder, x: Value) => Value, mode: BackwardMode, x: readonly number[], dy: readonly number[]): Promise<number[]> {
  const g = builder();
  const input = g.input('x', 'f32', [x.length]);
  const y = build(g, input);
  const [dx] = gradients(g, { of: y, seed: g.constant(f32([dy.length], dy)), wrt: [input], mode });
  return toNumbers((await evaluate(g, [g.identity(dx!)], { x: f32([x.length], x) }))[0]!);
}

const written: Readonly<Record<string, (g: GraphBuilder, x: Value) => Value>> = {
  'x · sigmoid x': (g, x) => g.mul(x, g.sigmoid(x)),
  'sigmoid(1.702 x) · x': (g, x) => g.mul(g.sigmoid(g.mul(x, 1.702)), x),
  '(x · ½) · (1 + erf(x / √2))': (g, x) => g.mul(g.mul(x, 0.5), g.add(g.erf(g.div(x, Math.SQRT2)), 1)),
  '(x · (1 + erf(x / √2))) · ½': (g, x) => g.mul(g.mul(x, g.add(g.erf(g.div(x, Math.SQRT2)), 1)), 0.5),
  '½x(1 + tanh(√(2/π)(x + 0.044715 x³)))': (g, x) => g.mul(g.mul(0.5, x), g.add(1, g.tanh(g.mul(Math.sqrt(2 / Math.PI), g.add(x, g.mul(0.044715, g.pow(x, 3))))))),
  'x · clip(x + 3, 0, 6) / 6': (g, x) => g.div(g.mul(x, g.min(g.max(g.add(x, 3), 0), 6)), 6),
  'x · hardSigmoid x': (g, x) => g.mul(x, g.hardSigmoid(x, 1 / 6, 0.5)),
  'x · tanh(softplus x)': (g, x) => g.mul(x, g.tanh(g.unary('Softplus', x))),
};
const single: Readonly<Record<string, (g: GraphBuilder, x: Value) => Value>> = {
  Relu: (g, x) => g.relu(x),
  'Clip from 0 to 6': (g, x) => g.emit('Clip', [x, g.constant(0), g.constant(6)], {}, [{ dtype: 'f32', shape: x.shape }])[0]!,
  Gelu: (g, x) => g.unary('Gelu', x),
  'Gelu by tanh': (g, x) => g.unary('Gelu', x, { approximate: string('tanh') }),
  HardSwish: (g, x) => g.unary('HardSwish', x),
  Mish: (g, x) => g.unary('Mish', x),
  Elu: (g, x) => g.unary('Elu', x),
};
const x = [-4, -1.5, -0.3, 0.2, 1.5, 4, 7, -0.8];
const dy = [1, -2, 0.5, -1, 3, -0.25, 2, 0.75];

describe('the backward modes', () => {
  it.each(['gradient', 'deconvnet', 'guided'] as const)('give what a network written by hand gives: %s', async (mode) => {
    const size = 8;
    const [c0, c1, c2] = [2, 5, 4] as const;
    const [picture, w1, w2, seed] = [drawn(c0 * 64, 1), drawn(c1 * c0 * 9, 2), drawn(c2 * c1 * 9, 3), drawn(c2 * 16, 4)];
    const g = builder();
    const input = g.input('x', 'f32', [1, c0, size, size]);
    const geometry = { pads: [1, 1, 1, 1] };
    const first = g.relu(g.conv(input, g.constant(f32([c1, c0, 3, 3], w1)), undefined, geometry));
    const pooled = g.emit('MaxPool', [first], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }, [{ dtype: 'f32', shape: [1, c1, 4, 4] }])[0]!;
    const y = g.relu(g.conv(pooled, g.constant(f32([c2, c1, 3, 3], w2)), undefined, geometry));
    const [dx] = gradients(g, { of: y, seed: g.constant(f32([1, c2, 4, 4], seed)), wrt: [input], mode });
    const result = toNumbers((await evaluate(g, [g.identity(dx!)], { x: f32([1, c0, size, size], picture) }))[0]!);
    const expected = byHand(mode, picture, [w1, w2, seed], size, [c0, c1, c2]);
    const largest = Math.max(...expected.map(Math.abs));
    expect(largest).toBeGreaterThan(0.1);
    result.forEach((value, i) => expect(Math.abs(value - expected[i]!) / largest, `element ${i}`).toBeLessThan(1e-5));
  });

  it('are all the gradient where there is nothing to rectify', async () => {
    const build = (g: GraphBuilder, v: Value): Value => g.mul(g.tanh(g.add(v, 1)), g.sigmoid(v));
    const plain = await through(build, 'gradient', x, dy);
    for (const mode of ['deconvnet', 'guided'] as const) expect(await through(build, mode, x, dy)).toEqual(plain);
  });

  it.each([...Object.entries(single), ...Object.entries(written)])('pass max(dy, 0) through %s in deconvnet, and its derivative times that when guided', async (_, build) => {
    expect(await through(build, 'deconvnet', x, dy)).toEqual(dy.map(relu));
    expect(await through(build, 'guided', x, dy)).toEqual(await through(build, 'gradient', x, dy.map(relu)));
  });

  it('keep the slope of a leaking rectifier below zero, in both directions', async () => {
    const leaky = (g: GraphBuilder, v: Value): Value => g.unary('LeakyRelu', v, { alpha: float(0.25) });
    expect(await through(leaky, 'deconvnet', x, dy)).toEqual(dy.map((d) => (d > 0 ? d : 0.25 * d)));
    expect(await through(leaky, 'guided', x, dy)).toEqual(dy.map((d, i) => (d > 0 ? d : 0.25 * d) * (x[i]! > 0 ? 1 : 0.25)));
  });

  it('leave alone a gate that is not of its own input, and a product that does not rectify', async () => {
    const gated = (g: GraphBuilder, v: Value): Value => g.mul(v, g.sigmoid(g.sum(v, [0], true)));
    const square = (g: GraphBuilder, v: Value): Value => g.mul(v, g.tanh(v));
    for (const build of [gated, square]) expect(await through(build, 'deconvnet', x, dy)).toEqual(await through(build, 'gradient', x, dy));
  });

  it('send a tied maximum back to its first element, padding left out', async () => {
    const g = builder();
    const input = g.input('x', 'f32', [1, 1, 4, 4]);
    const pooled = g.emit('MaxPool', [g.relu(input)], { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }, [{ dtype: 'f32', shape: [1, 1, 2, 2] }])[0]!;
    const [dx] = gradients(g, { of: pooled, seed: g.constant(f32([1, 1, 2, 2], [1, 2, 4, 8])), wrt: [input], mode: 'deconvnet' });
    const whole = g.emit('GlobalMaxPool', [input], {}, [{ dtype: 'f32', shape: [1, 1, 1, 1] }])[0]!;
    const [dw] = gradients(g, { of: whole, wrt: [input], mode: 'guided' });
    const [pool, globally] = await evaluate(g, [g.identity(dx!), g.identity(dw!)], { x: tensor('f32', [1, 1, 4, 4], new Float32Array(16).fill(-1)) });
    expect(toNumbers(pool!)).toEqual([1, 2, 0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(toNumbers(globally!)).toEqual([1, ...new Array<number>(15).fill(0)]);
  });
});

describe('a gradient that is let through', () => {
  it('opens rows that are blocked throughout, upwards at zero and downwards at the bound, and no other rows', async () => {
    const g = builder();
    const input = g.input('x', 'f32', [4, 3]);
    const gate = g.input('gate', 'f32', [4]);
    const six = single['Clip from 0 to 6']!(g, input);
    const seed = g.constant(f32([4, 3], [1, -1, -2, 1, -1, -2, 1, -1, -2, 1, -1, -2]));
    const dx = [six, g.relu(input)].map((y) => gradients(g, { of: y, seed, wrt: [input], letThrough: gate })[0]!);
    //                         blocked       one is open    blocked, gate shut  blocked, nothing would open it
    const feeds = { x: f32([4, 3], [-1, -1, 7, -1, 1, 7, -1, -1, 7, 8, -1, -3]), gate: f32([4], [1, 1, 0, 1]) };
    const [clip, rectified] = await evaluate(g, dx.map((value) => g.identity(value)), feeds);
    expect(toNumbers(clip!).map((v) => v + 0)).toEqual([1, 0, -2, 0, -1, 0, 0, 0, 0, 0, 0, 0]);
    expect(toNumbers(rectified!).map((v) => v + 0)).toEqual([0, 0, -2, 0, -1, -2, 0, 0, -2, 1, 0, 0]);
  });

  it('goes on through the pool behind a Relu', async () => {
    const g = builder();
    const input = g.input('x', 'f32', [1, 1, 2, 2]);
    const pooled = g.emit('MaxPool', [g.relu(input)], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }, [{ dtype: 'f32', shape: [1, 1, 1, 1] }])[0]!;
    const [dx] = gradients(g, { of: pooled, wrt: [input], letThrough: g.constant(1) });
    const [result] = await evaluate(g, [g.identity(dx!)], { x: f32([1, 1, 2, 2], [-1, -2, -3, -4]) });
    expect(toNumbers(result!)).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});
