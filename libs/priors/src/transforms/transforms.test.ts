import { gradients } from '@neuron-atlas/autodiff';
import { f32, GraphBuilder, sizeOf } from '@neuron-atlas/onnx';
import { createPluginSet } from '@neuron-atlas/plugins';
import { randomStream } from '@neuron-atlas/synthesis';
import { evaluate } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { builtinTransforms, type Transform } from '../index.js';

const [height, width] = [9, 8];

async function applied(transform: Transform, given: Readonly<Record<string, number | string>>, row: readonly number[], image: Float32Array, channels = 2): Promise<{ readonly out: Float32Array; readonly slope: Float32Array }> {
  const { params } = createPluginSet('transform', [transform]).choose(transform.name, given);
  const margin = transform.margin(params as never);
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('image', 'f32', [1, channels, height + 2 * margin, width + 2 * margin]);
  const bank = transform.bank?.({ params: params as never, channels, height, width });
  const draws = randomStream(1, 'bank');
  const table = bank && g.constant(f32(bank.shape, Array.from({ length: sizeOf(bank.shape) }, () => bank.fill(draws))), 'bank');
  const out = transform.build({ g, image: x, row: g.input('row', 'f32', [row.length]), bank: table, canvas: { batch: 1, channels, height, width }, params: params as never });
  expect(out.shape).toEqual([transform.copies?.(params as never) ?? 1, channels, height, width]);
  const [slope] = gradients(g, { of: g.mul(out, out), wrt: [x] });
  const [value, d] = await evaluate(g, [out, slope!], { image: f32(x.shape, image), row: f32([row.length], row) });
  return { out: value!.data as Float32Array, slope: d!.data as Float32Array };
}
const noise = (size: number, seed = 3): Float32Array => {
  const { uniform } = randomStream(seed, 'picture');
  return Float32Array.from({ length: size }, () => uniform());
};
const sizeFor = (transform: Transform, channels = 2): number => {
  const { params } = createPluginSet('transform', [transform]).choose(transform.name, {});
  const margin = transform.margin(params as never);
  return channels * (height + 2 * margin) * (width + 2 * margin);
};

describe.each(builtinTransforms.filter(({ name }) => name !== 'pad'))('transform $name', (transform) => {
  const { params } = createPluginSet('transform', [transform]).choose(transform.name, {});
  const rows = (seed: number): readonly (readonly number[])[] => {
    const draws = randomStream(seed, transform.name);
    return Array.from({ length: 20 }, (_, i) => transform.draw({ draws, params: params as never, step: i + 1, steps: 20, height, width }));
  };

  it('draws the same numbers from the same seed, others from another, as many as its neutral row has', () => {
    expect(rows(1)).toEqual(rows(1));
    expect(rows(1)).not.toEqual(rows(2));
    for (const row of rows(1)) expect(row).toHaveLength(transform.neutral({ params: params as never, height, width }).length);
  });

  it('changes nothing in its neutral place', async () => {
    const image = noise(sizeFor(transform));
    const margin = transform.margin(params as never);
    const { out } = await applied(transform, {}, transform.neutral({ params: params as never, height, width }), image);
    const inner = Array.from({ length: 2 * height * width }, (_, i) => {
      const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      return image[(c * (height + 2 * margin) + y + margin) * (width + 2 * margin) + x + margin]!;
    });
    out.forEach((value, i) => expect(value).toBeCloseTo(inner[i % inner.length]!, 5));
  });

  it('has the gradient that a central difference gives', async () => {
    const image = noise(sizeFor(transform));
    const direction = noise(image.length, 4);
    for (const row of rows(5).slice(0, 3)) {
      const { slope } = await applied(transform, {}, row, image);
      const along = async (h: number): Promise<number> =>
        (await applied(transform, {}, row, image.map((value, i) => value + h * direction[i]!))).out.reduce((total, value) => total + value * value, 0);
      const wanted = (await along(1e-2) - await along(-1e-2)) / 2e-2;
      const got = slope.reduce((total, d, i) => total + d * direction[i]!, 0);
      expect(Math.abs(got - wanted)).toBeLessThan(2e-3 * Math.max(1, Math.abs(wanted)));
    }
  });
});

const byName = (name: string): Transform => builtinTransforms.find((one) => one.name === name)!;
/** Bilinear, with 0 outside. */
const at = (image: Float32Array, y: number, x: number): number => {
  let sum = 0;
  for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) sum += image[i * width + j]! * Math.max(0, 1 - Math.abs(y - i)) * Math.max(0, 1 - Math.abs(x - j));
  return sum;
};

describe('what transforms do', () => {
  const image = noise(height * width);

  it('zooms about the centre, grey outside', async () => {
    for (const factor of [0.8, 1.25]) {
      const { out } = await applied(byName('scale'), {}, [factor], image, 1);
      const away = image.map((value) => value - 0.5);
      out.forEach((value, i) => {
        const [y, x] = [Math.floor(i / width), i % width];
        expect(value).toBeCloseTo(0.5 + at(away, (y - (height - 1) / 2) / factor + (height - 1) / 2, (x - (width - 1) / 2) / factor + (width - 1) / 2), 5);
      });
    }
  });

  it('enlarges the part that the numbers name', async () => {
    const { out } = await applied(byName('crop'), { crops: 2 }, [0.5, 0.25, 0, 0.3, 0.1, 0.7], image, 1);
    out.forEach((value, i) => {
      const [copy, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      const [side, top, left] = copy === 0 ? [0.5, 0.25, 0] as const : [0.3, 0.1, 0.7] as const;
      expect(value).toBeCloseTo(at(image, top * (height - 1) + (side * (height - 1) * y) / (height - 1), left * (width - 1) + (side * (width - 1) * x) / (width - 1)), 5);
    });
  });

  it('turns a smooth picture as bilinear turning does, but for the interpolation', async () => {
    const angle = (20 * Math.PI) / 180;
    const smooth = Float32Array.from({ length: height * width }, (_, i) => 0.5 + 0.4 * Math.exp(-((Math.floor(i / width) - 3) ** 2 + ((i % width) - 5) ** 2) / 8));
    const away = smooth.map((value) => value - 0.5);
    const { out } = await applied(byName('rotate'), {}, [Math.tan(angle / 2), Math.sin(angle)], smooth, 1);
    const turned = (sign: number): number[] => Array.from(out, (_, i) => {
      const [y, x] = [Math.floor(i / width) - (height - 1) / 2, (i % width) - (width - 1) / 2];
      return 0.5 + at(away, y * Math.cos(angle) - sign * x * Math.sin(angle) + (height - 1) / 2, x * Math.cos(angle) + sign * y * Math.sin(angle) + (width - 1) / 2);
    });
    const error = (wanted: readonly number[]): number => Math.max(...wanted.map((value, i) => Math.abs(value - out[i]!)));
    expect(error(turned(1))).toBeLessThan(0.05);
    expect(error(turned(-1))).toBeGreaterThan(0.12);
  });

  it('adds a grey border', async () => {
    const pad = byName('pad');
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('image', 'f32', [1, 1, 2, 2]);
    const out = pad.build({ g, image: x, row: x, bank: undefined, canvas: { batch: 1, channels: 1, height: 4, width: 4 }, params: { pixels: 1, fill: 'grey' } as never });
    const [value] = await evaluate(g, [out], { image: f32([1, 1, 2, 2], [0.1, 0.2, 0.3, 0.4]) });
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.1, 0.2, 0.5, 0.5, 0.3, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5].forEach((wanted, i) => expect((value!.data as Float32Array)[i]).toBeCloseTo(wanted, 6));
  });
});
