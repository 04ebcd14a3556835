import { gradients } from '@neuron-atlas/autodiff';
import { GraphBuilder, sizeOf, tensor } from '@neuron-atlas/onnx';
import { createPluginSet, type Settled } from '@neuron-atlas/plugins';
import type { Canvas, Prior } from '@neuron-atlas/priors';
import { randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { expect, it } from 'vitest';
import { evaluate } from './evaluate.js';

export interface CheckPriorOptions {
  readonly params?: Settled;
  /** Contents of files, by param. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly canvases?: readonly Canvas[];
  /** Of a seeded picture: a formula that changes without its version is found by it. */
  readonly golden?: number;
}

const fail = (message: string): never => { throw new Error(message); };

const usual: readonly Canvas[] = [
  { batch: 2, channels: 3, height: 12, width: 10 },
  { batch: 1, channels: 1, height: 9, width: 11 },
  { batch: 1, channels: 5, height: 8, width: 9 },
];

/**
 * What every prior must hold, as tests: the stated shape, pictures within 0..1, the same start from the same seed, rows that
 * do not mix, a finite constraint of the latent's shape, and a gradient that agrees with a central difference.
 */
export function checkPrior(prior: Prior, { params: given = {}, files = {}, canvases = usual, golden }: CheckPriorOptions = {}): void {
  const { params } = createPluginSet('prior', [prior]).choose(prior.name, given);
  const file = (param: string): Uint8Array => files[param] ?? fail(`${prior.name} reads the file ${param}`);
  const preparedFor = async (canvas: Canvas): Promise<undefined> =>
    (await prior.prepare?.({ canvas, params: params as never, file, runtime: await createNodeRuntime({ provider: 'cpu', threads: 1 }) })) as undefined;

  const start = async (canvas: Canvas, seed: number): Promise<Float32Array> => {
    const prepared = await preparedFor(canvas);
    const shape = prior.latent({ canvas, params: params as never, prepared });
    const size = sizeOf(shape.slice(1));
    const { normal, uniform } = randomStream(seed, 'latent');
    return Float32Array.from({ length: canvas.batch * size }, ((row) => (_: unknown, i: number) => row[i % size]!)(prior.init({ size, normal, uniform, canvas, params: params as never, file })));
  };
  const draw = async (canvas: Canvas, latent: Float32Array): Promise<Float32Array> => {
    const prepared = await preparedFor(canvas);
    const g = new GraphBuilder({ opset: 18 });
    const shape = prior.latent({ canvas, params: params as never, prepared });
    const image = prior.build({ g, latent: g.input('latent', 'f32', shape), canvas, params: params as never, prepared });
    expect(image.shape).toEqual([canvas.batch, canvas.channels, canvas.height, canvas.width]);
    const [out] = await evaluate(g, [image], { latent: tensor('f32', shape, latent) });
    expect(out!.shape).toEqual(image.shape);
    return out!.data as Float32Array;
  };

  it.each(canvases)('draws pictures of the stated shape within 0 and 1 ($channels × $height × $width)', async (canvas) => {
    for (const value of await draw(canvas, await start(canvas, 1))) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
  });

  it('starts from the same latent for the same seed, and from another one for another', async () => {
    expect(await start(canvases[0]!, 3)).toEqual(await start(canvases[0]!, 3));
    expect(await start(canvases[0]!, 3)).not.toEqual(await start(canvases[0]!, 4));
  });

  it('keeps the rows of a batch apart', async () => {
    const canvas = canvases[0]!;
    const latent = await start(canvas, 5);
    const before = await draw(canvas, latent);
    const half = latent.length / 2;
    const after = await draw(canvas, latent.map((value, i) => (i < half ? value : value + 0.5)));
    expect(after.slice(0, before.length / 2)).toEqual(before.slice(0, before.length / 2));
    expect(after.slice(before.length / 2)).not.toEqual(before.slice(before.length / 2));
  });

  it('has the gradient that a central difference gives in a random direction', async () => {
    const canvas = canvases[0]!;
    const prepared = await preparedFor(canvas);
    const shape = prior.latent({ canvas, params: params as never, prepared });
    const latent = await start(canvas, 7);
    const { normal } = randomStream(8, 'directions');
    const weights = Float32Array.from({ length: sizeOf([canvas.batch, canvas.channels, canvas.height, canvas.width]) }, () => normal());
    const direction = Float32Array.from({ length: latent.length }, () => normal());
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('latent', 'f32', shape);
    const image = prior.build({ g, latent: x, canvas, params: params as never, prepared });
    const score = g.mul(image, g.constant(tensor('f32', image.shape, weights), 'weights'));
    const [gradient] = gradients(g, { of: score, wrt: [x] });
    const [value] = await evaluate(g, [gradient!], { latent: tensor('f32', shape, latent) });
    const slope = (value!.data as Float32Array).reduce((total, d, i) => total + d * direction[i]!, 0);
    const at = async (h: number): Promise<number> =>
      (await draw(canvas, latent.map((entry, i) => entry + h * direction[i]!))).reduce((total, pixel, i) => total + pixel * weights[i]!, 0);
    // Small beside the start's own size, for curvature, and not below what float32 rounding leaves of the difference.
    const h = Math.max(1e-4, 1e-3 * Math.sqrt(latent.reduce((total, entry) => total + entry * entry, 0) / latent.length));
    expect(slope).toBeCloseTo((await at(h) - await at(-h)) / (2 * h), -Math.log10(Math.abs(slope) * 0.02));
  });

  if (golden !== undefined) {
    it('draws the picture that its version stands for', async () => {
      const picture = await draw(canvases[0]!, await start(canvases[0]!, 11));
      expect(picture.reduce((sum, value, i) => sum + value * (((i * 7) % 13) - 6), 0) / picture.length).toBeCloseTo(golden, 4);
    });
  }

  const { startAt } = prior;
  if (startAt !== undefined) {
    it.each(canvases)('starts at the picture that it is given ($channels × $height × $width)', async (canvas) => {
      const { uniform } = randomStream(13, 'given');
      const size = canvas.channels * canvas.height * canvas.width;
      const picture = Float32Array.from({ length: size }, () => 0.1 + 0.8 * uniform());
      const row = startAt({ picture, canvas, params: params as never });
      const drawn = await draw(canvas, Float32Array.from({ length: canvas.batch * row.length }, (_, i) => row[i % row.length]!));
      drawn.forEach((value, i) => expect(value).toBeCloseTo(picture[i % size]!, 4));
    });
  }

  it('keeps the latent finite and in shape when it constrains it', async () => {
    if (prior.constrain === undefined) return expect(prior.constrain).toBeUndefined();
    const canvas = canvases[0]!;
    const prepared = await preparedFor(canvas);
    const shape = prior.latent({ canvas, params: params as never, prepared });
    const g = new GraphBuilder({ opset: 18 });
    const kept = prior.constrain({ g, latent: g.input('latent', 'f32', shape), step: g.input('step', 'f32', []), canvas, params: params as never, prepared });
    expect(kept.shape).toEqual(shape);
    for (const step of [1, 2, 3, 4]) {
      const [out] = await evaluate(g, [kept], { latent: tensor('f32', shape, await start(canvas, 9)), step: tensor('f32', [], Float32Array.of(step)) });
      expect((out!.data as Float32Array).every(Number.isFinite)).toBe(true);
    }
  });
}
