import { f32, GraphBuilder, i64, type Model, openBatch, readModel, writeModel } from '@neuron-atlas/onnx';
import type { SynthesisView } from '@neuron-atlas/spec';
import { describe, expect, it } from 'vitest';
import { openProgram } from './ascender.js';
import { compileProgram } from './compile-program.js';
import { createNodeRuntime } from './node.js';
import { randomStream } from './random.js';

// The published algorithms written down as loops over numbers, in float64, against the programs: 20 steps, to 1e-4. The unit
// is one convolution as large as the picture, so that its gradient is the convolution's own weights.

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const steps = 20;
const model255 = { mean: [104, 117, 123], std: [1, 1, 1], range: [0, 255], color: 'RGB' } as const;
const neutral = model255.mean.map((mean) => mean / 255);

function detector(size: number): { readonly model: Model; readonly weights: Float32Array } {
  const { normal } = randomStream(7, 'detector');
  const weights = Float32Array.from({ length: 3 * size * size }, () => normal());
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('image', 'f32', [1, 3, size, size]);
  const out = g.emit('Conv', [x, g.constant(f32([1, 3, size, size], weights), 'w')], {}, [{ dtype: 'f32', shape: [1, 1, 1, 1], name: 'unit' }])[0]!;
  const graph = g.build('detector', [out]);
  return { model: readModel(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph })), weights };
}

async function climb(size: number, given: Partial<SynthesisView>, files = new Map<string, Uint8Array>()): Promise<{ readonly image: Float32Array; readonly trace: Float32Array; readonly weights: Float32Array; readonly bestStep: number }> {
  const { model, weights } = detector(size);
  const view: SynthesisView = { prior: 'pixels', priorParams: {}, objective: 'neuron', objectiveParams: {}, steps, size, seeds: [0], batch: 1, ...given };
  const program = await compileProgram({ modelSha256: '0'.repeat(64), tensor: 'unit', view, input: { name: 'image', shape: [1, 3, size, size] }, preprocess: model255, model, runtime, files });
  await using ascender = await openProgram(runtime, program, { files });
  const [ascent] = await ascender.run({ units: [0], seed: 0, steps, chunk: 6 });
  return { ...ascent!, weights };
}

const close = (got: ArrayLike<number>, wanted: ArrayLike<number>, scale = 1): void => {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < got.length; i++) expect(Math.abs(got[i]! - wanted[i]!)).toBeLessThan(1e-4 * scale);
};
const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

describe('the published algorithms, step by step', () => {
  it('deep-visualization-toolbox: gradient, decay, blur every fourth step, clip (preset c)', async () => {
    const size = 9;
    const { image, trace, weights } = await climb(size, { priorParams: { squash: 'clip', span: 255, scale: 10 }, recipe: 'toolbox-c', learningRate: 0.5, keep: 'last' });
    const { normal } = randomStream(0, 'latent');
    const clip = (x: number, c: number): number => Math.min(255 - model255.mean[c]!, Math.max(-model255.mean[c]!, x));
    const channelOf = (i: number): number => Math.floor(i / (size * size));
    let x = Array.from({ length: 3 * size * size }, (_, i) => clip(Math.fround(10 * normal()), channelOf(i)));
    const scores: number[] = [];
    for (let t = 1; t <= steps; t++) {
      scores.push(x.reduce((sum, value, i) => sum + value * weights[i]!, 0));
      x = x.map((value, i) => (value + 0.5 * weights[i]!) * (1 - 1e-4));
      if (t % 4 === 0) x = blurred(x, size, 1);
      x = x.map((value, i) => clip(value, channelOf(i)));
    }
    close(trace, scores, Math.max(...scores.map(Math.abs)));
    close(image, x.map((value, i) => value / 255 + neutral[channelOf(i)]!));
  });

  it('Lucid: Fourier picture, decorrelated colours, border, shift, zoom, turn, shift, Adam', async () => {
    const size = 12;
    const { image, trace, weights } = await climb(size, {
      prior: 'fourier', recipe: 'lucid',
      transforms: [
        { name: 'pad', params: { pixels: 3, fill: 'grey' } }, { name: 'jitter', params: { pixels: 2 } }, { name: 'scale', params: {} },
        { name: 'rotate', params: {} }, { name: 'jitter', params: { pixels: 1 } },
      ],
    });
    const drawn = size; // the border of 3 and the shifts of 2 and 1 cancel out
    const half = drawn / 2 + 1;
    const latent = drawLatent(2 * 3 * drawn * half, 0.01);
    const [m, v] = [new Float64Array(latent.length), new Float64Array(latent.length)];
    const draws = { a: randomStream(0, 'jitter'), s: randomStream(0, 'scale'), r: randomStream(0, 'rotate'), b: randomStream(0, 'jitter 2') };
    const scores: number[] = [];
    for (let t = 1; t <= steps; t++) {
      const [ya, xa] = [draws.a.below(5), draws.a.below(5)];
      const factor = 0.9 + 0.02 * draws.s.below(11);
      const index = draws.r.below(26);
      const angle = ((index <= 20 ? index - 10 : 0) * Math.PI) / 180;
      const [yb, xb] = [draws.b.below(3), draws.b.below(3)];
      // Every transform is linear in the picture less grey: its matrix, applied to the weights from behind, gives the gradient.
      const wide = drawn + 6, middle = drawn + 2;
      let back = expanded(weights.map((w) => w * 255), size, middle, yb, xb);
      back = turnedBack(back, middle, angle);
      back = zoomedBack(back, middle, factor);
      back = expanded(back, middle, wide, ya, xa);
      const gradientOfPicture = cropped(back, wide, drawn, 3);
      const { picture, gradient } = lucid(latent, gradientOfPicture, drawn);
      const grey = weights.reduce((sum, w, i) => sum + w * (255 * 0.5 - model255.mean[Math.floor(i / size / size)]!), 0);
      scores.push(grey + picture.reduce((sum, value, i) => sum + (value - 0.5) * gradientOfPicture[i]!, 0));
      gradient.forEach((d, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * d;
        v[i] = 0.999 * v[i]! + 0.001 * d * d;
        latent[i]! += (0.05 * (m[i]! / (1 - 0.9 ** t))) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-8);
      });
    }
    close(trace, scores, Math.max(...scores.map(Math.abs)));
    close(image, lucid(latent, new Float64Array(3 * drawn * drawn), drawn).picture);
  });

  it('DGN-AM: step over its mean size, clip to the range, shrink by 1 %, linear decay', async () => {
    const size = 4, codes = 10;
    const { normal } = randomStream(3, 'generator');
    const matrix = Float32Array.from({ length: codes * 3 * size * size }, () => 0.1 * normal());
    const g = new GraphBuilder({ opset: 18 });
    const code = g.input('code', 'f32', [1, codes]);
    const flat = g.matMul(code, g.constant(f32([codes, 3 * size * size], matrix), 'm'));
    const out = g.emit('Reshape', [flat, g.constant(i64([4], [-1, 3, size, size]))], {}, [{ dtype: 'f32', shape: [1, 3, size, size], name: 'picture' }])[0]!;
    const graph = g.build('generator', [out]);
    const bytes = writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: openBatch(graph) });
    const upper = Array.from({ length: codes }, (_, i) => 3 + i);
    const files = new Map([['g', bytes], ['r', new TextEncoder().encode(JSON.stringify({ lower: 0, upper }))]]);
    const { image, trace, weights } = await climb(size, { prior: 'generator', priorParams: { model: 'g', range: 'r' }, recipe: 'dgn-am' }, files);

    const start = randomStream(0, 'latent');
    const h = Array.from({ length: codes }, () => Math.fround(start.normal()));
    const pixel = (i: number): number => h.reduce((sum, value, k) => sum + value * matrix[k * 3 * size * size + i]!, 0);
    const pictureOf = (): number[] => Array.from({ length: 3 * size * size }, (_, i) => pixel(i));
    const scores: number[] = [];
    for (let t = 0; t < steps; t++) {
      const picture = pictureOf();
      scores.push(picture.reduce((sum, value, i) => sum + weights[i]! * (255 * value - model255.mean[Math.floor(i / size / size)]!), 0));
      const slope = h.map((_, k) => weights.reduce((sum, w, i) => sum + w * 255 * matrix[k * 3 * size * size + i]!, 0));
      const mean = slope.reduce((sum, d) => sum + Math.abs(d), 0) / codes;
      const rate = 8 + ((1e-10 - 8) * t) / steps;
      slope.forEach((d, k) => { h[k] = 0.99 * Math.min(upper[k]!, Math.max(0, h[k]! + (rate * d) / mean)); });
    }
    close(trace, scores, Math.max(...scores.map(Math.abs)));
    close(image, pictureOf());
  });

  it('MACO: phases standardised, picture standardised, crops, noise, Nadam', async () => {
    const size = 8;
    const { image, trace, weights } = await climb(size, {
      prior: 'maco', recipe: 'maco', transforms: [{ name: 'crop', params: { crops: 3 } }, { name: 'noise', params: {} }],
    });
    const half = size / 2 + 1, plane = size * size;
    const phase = drawLatent(3 * size * half, 1);
    const [m, v] = [new Float64Array(phase.length), new Float64Array(phase.length)];
    const [crops, noise, bankDraws] = [randomStream(0, 'crop'), randomStream(0, 'noise'), randomStream(0, 'noise bank')];
    const bank = Float32Array.from({ length: 3 * 4 * plane }, () => 0.08 * bankDraws.normal() + 0.08 * (bankDraws.uniform() - 0.5));
    const momentum = (t: number): number => 0.9 * (1 - 0.5 * 0.96 ** (t / 250));
    let product = 1;
    const scores: number[] = [];
    for (let t = 1; t <= steps; t++) {
      const mean = 0.5 + ((0.05 - 0.5) * (t - 1)) / (steps - 1);
      const parts = Array.from({ length: 3 }, () => {
        const [cy, cx] = [0.5 + 0.15 * crops.normal(), 0.5 + 0.15 * crops.normal()];
        const side = Math.min(1, Math.max(0.05, mean + 0.05 * crops.normal()));
        return { side, y: Math.min(1 - side, Math.max(0, cy - side / 2)), x: Math.min(1 - side, Math.max(0, cx - side / 2)) };
      });
      const [ny, nx, sign] = [noise.below(size + 1), noise.below(size + 1), noise.below(2) === 0 ? 1 : -1];
      const slope = new Float64Array(3 * plane); // of the mean score, for the picture
      let score = 0;
      for (let i = 0; i < 3 * plane; i++) {
        const [c, y, x] = [Math.floor(i / plane), Math.floor(i / size) % size, i % size];
        score += weights[i]! * (255 * sign * bank[(c * 2 * size + ny + y) * 2 * size + nx + x]! - model255.mean[c]!);
        for (const part of parts) {
          const [py, px] = [part.y * (size - 1) + part.side * y, part.x * (size - 1) + part.side * x];
          for (let a = Math.floor(py); a <= Math.min(size - 1, Math.floor(py) + 1); a++) for (let b = Math.floor(px); b <= Math.min(size - 1, Math.floor(px) + 1); b++) {
            slope[c * plane + a * size + b]! += (255 * weights[i]! * Math.max(0, 1 - Math.abs(py - a)) * Math.max(0, 1 - Math.abs(px - b))) / 3;
          }
        }
      }
      const picture = macoPicture(phase, size);
      scores.push(score + picture.reduce((sum, value, i) => sum + value * slope[i]!, 0));
      // The gradient by differences in float64: nothing of the chain is taken from the code under test.
      const value = (at: Float64Array): number => macoPicture(at, size).reduce((sum, pixel, i) => sum + pixel * slope[i]!, 0);
      const gradient = phase.map((_, k) => {
        const moved = (by: number): Float64Array => phase.map((p, i) => (i === k ? p + by : p));
        return (value(moved(1e-5)) - value(moved(-1e-5))) / 2e-5;
      });
      product *= momentum(t);
      gradient.forEach((d, k) => {
        m[k] = 0.9 * m[k]! + 0.1 * d;
        v[k] = 0.999 * v[k]! + 0.001 * d * d;
        const ahead = (momentum(t + 1) * m[k]!) / (1 - product * momentum(t + 1)) + ((1 - momentum(t)) * d) / (1 - product);
        phase[k]! += ahead / (Math.sqrt(v[k]! / (1 - 0.999 ** t)) + 1e-7);
      });
    }
    close(trace, scores, Math.max(...scores.map(Math.abs)));
    close(image, macoPicture(phase, size));
  });
});

const drawLatent = (size: number, sd: number): Float64Array => {
  const { normal } = randomStream(0, 'latent');
  return Float64Array.from({ length: size }, () => Math.fround(sd * normal()));
};

function blurred(x: readonly number[], size: number, sigma: number): number[] {
  const reach = Math.ceil(3 * sigma);
  const taps = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = taps.reduce((a, b) => a + b, 0);
  const inside = (i: number): number => Math.min(size - 1, Math.max(0, i));
  return x.map((_, at) => {
    const [c, h, w] = [Math.floor(at / size / size), Math.floor(at / size) % size, at % size];
    let sum = 0;
    taps.forEach((a, i) => taps.forEach((b, j) => { sum += (a * b * x[(c * size + inside(h + i - reach)) * size + inside(w + j - reach)]!) / total ** 2; }));
    return sum;
  });
}

// Colours from three uncorrelated planes, as Lucid has them.
const root = [[0.26, 0.09, 0.02], [0.27, 0, -0.05], [0.27, -0.09, 0.03]];
const widest = Math.max(...[0, 1, 2].map((c) => Math.hypot(...root.map((row) => row[c]!))));

/** ∂x[h, w] / ∂(re, im)[u, v] of an inverse real FFT without scale. */
const wave = (n: number, u: number, v: number, h: number, w: number): readonly [number, number] => {
  const twin = v === 0 || 2 * v === n ? 1 : 2;
  const angle = (2 * Math.PI * (u * h + v * w)) / n;
  return [(twin * Math.cos(angle)) / n / n, (-twin * Math.sin(angle)) / n / n];
};
const frequency = (n: number, u: number, v: number): number => Math.max(Math.hypot((u <= n / 2 ? u : u - n) / n, v / n), 1 / n);

/** Lucid's picture of a spectrum (re over im, a plane a colour), and the spectrum's gradient for one of the picture. */
function lucid(latent: Float64Array, slope: ArrayLike<number>, n: number): { readonly picture: Float64Array; readonly gradient: Float64Array } {
  const half = n / 2 + 1;
  const planes = new Float64Array(3 * n * n);
  const each = (use: (k: number, plane: number, weight: number) => void): void => {
    for (let c = 0; c < 3; c++) for (let u = 0; u < n; u++) for (let v = 0; v < half; v++) for (let p = 0; p < n * n; p++) {
      const weights = wave(n, u, v, Math.floor(p / n), p % n);
      const scale = n / frequency(n, u, v) / 4;
      for (const part of [0, 1] as const) use((c * 2 * n + part * n + u) * half + v, c * n * n + p, weights[part] * scale);
    }
  };
  each((k, plane, weight) => { planes[plane]! += latent[k]! * weight; });
  const picture = new Float64Array(3 * n * n), planeSlope = new Float64Array(3 * n * n);
  for (let p = 0; p < n * n; p++) for (let c = 0; c < 3; c++) {
    const value = sigmoid([0, 1, 2].reduce((sum, k) => sum + (root[c]![k]! / widest) * planes[k * n * n + p]!, 0));
    picture[c * n * n + p] = value;
    for (let k = 0; k < 3; k++) planeSlope[k * n * n + p]! += slope[c * n * n + p]! * value * (1 - value) * (root[c]![k]! / widest);
  }
  const gradient = new Float64Array(latent.length);
  each((k, plane, weight) => { gradient[k]! += planeSlope[plane]! * weight; });
  return { picture, gradient };
}

function macoPicture(phase: Float64Array, n: number): Float64Array {
  const half = n / 2 + 1;
  const standard = (values: Float64Array): Float64Array => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const sd = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
    return values.map((value) => (value - mean) / (sd + 1e-5));
  };
  const turned = standard(phase);
  let planes = new Float64Array(3 * n * n);
  for (let c = 0; c < 3; c++) for (let u = 0; u < n; u++) for (let v = 0; v < half; v++) {
    const angle = turned[(c * n + u) * half + v]!;
    const magnitude = 1 / frequency(n, u, v);
    for (let p = 0; p < n * n; p++) {
      const [re, im] = wave(n, u, v, Math.floor(p / n), p % n);
      planes[c * n * n + p]! += magnitude * (Math.cos(angle) * re + Math.sin(angle) * im);
    }
  }
  planes = standard(planes) as Float64Array<ArrayBuffer>;
  return Float64Array.from({ length: 3 * n * n }, (_, i) => {
    const [c, p] = [Math.floor(i / n / n), i % (n * n)];
    return sigmoid([0, 1, 2].reduce((sum, k) => sum + (root[c]![k]! / widest) * planes[k * n * n + p]!, 0));
  });
}

/** The transpose of a window: `small` put at (y, x) of a larger square of zeros. */
function expanded(small: ArrayLike<number>, from: number, to: number, y: number, x: number): Float64Array {
  const out = new Float64Array(3 * to * to);
  for (let i = 0; i < 3 * from * from; i++) out[(Math.floor(i / from / from) * to + (Math.floor(i / from) % from) + y) * to + (i % from) + x] = small[i]!;
  return out;
}
const cropped = (large: Float64Array, from: number, to: number, border: number): Float64Array =>
  Float64Array.from({ length: 3 * to * to }, (_, i) => large[(Math.floor(i / to / to) * from + (Math.floor(i / to) % to) + border) * from + (i % to) + border]!);

/** Adds each value of `slope` to the places that linear interpolation took it from; `from` gives a pixel's place along one axis. */
function spread(slope: Float64Array, n: number, axis: 'y' | 'x', from: (y: number, x: number) => number): Float64Array {
  const out = new Float64Array(slope.length);
  slope.forEach((value, i) => {
    const [c, y, x] = [Math.floor(i / n / n), Math.floor(i / n) % n, i % n];
    const place = from(y, x);
    for (const k of [Math.floor(place), Math.floor(place) + 1]) {
      if (k >= 0 && k < n) out[(c * n + (axis === 'y' ? k : y)) * n + (axis === 'x' ? k : x)]! += value * Math.max(0, 1 - Math.abs(place - k));
    }
  });
  return out;
}
function zoomedBack(slope: Float64Array, n: number, factor: number): Float64Array {
  const from = (at: number): number => (at - (n - 1) / 2) / factor + (n - 1) / 2;
  return spread(spread(slope, n, 'x', (_, x) => from(x)), n, 'y', (y) => from(y));
}
/** Paeth's three shears, the last first. */
function turnedBack(slope: Float64Array, n: number, angle: number): Float64Array {
  const centre = (n - 1) / 2;
  const along = (s: Float64Array): Float64Array => spread(s, n, 'x', (y, x) => x + Math.tan(angle / 2) * (y - centre));
  return along(spread(along(slope), n, 'y', (y, x) => y - Math.sin(angle) * (x - centre)));
}
