import { GraphBuilder, tensor } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { evaluate } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { fourier } from './fourier.js';

/** Lucid's grey image from its definition: a full complex sum with the conjugate half written out, in float64. */
function greyByDefinition(re: readonly number[], im: readonly number[], height: number, width: number): number[] {
  const half = Math.floor(width / 2) + 1;
  const at = (u: number, v: number): readonly [number, number] => {
    const frequency = (k: number, n: number): number => (k <= n / 2 ? k : k - n) / n;
    const scale = Math.sqrt(height * width) / Math.max(Math.hypot(frequency(u, height), frequency(v, width)), 1 / Math.max(height, width)) / 4;
    if (v < half) return [re[u * half + v]! * scale, im[u * half + v]! * scale];
    const [r, i] = at((height - u) % height, width - v);
    return [r, -i];
  };
  return Array.from({ length: height * width }, (_, p) => {
    const [h, w] = [Math.floor(p / width), p % width];
    let sum = 0;
    for (let v = 0; v < width; v++) {
      // A real inverse FFT ignores the imaginary part of what its own column of u sums to at v = 0 and W/2.
      let [zr, zi] = [0, 0];
      for (let u = 0; u < height; u++) {
        const [r, i] = at(u, v);
        const angle = (2 * Math.PI * u * h) / height;
        zr += r * Math.cos(angle) - i * Math.sin(angle);
        zi += r * Math.sin(angle) + i * Math.cos(angle);
      }
      const turn = (2 * Math.PI * v * w) / width;
      sum += zr * Math.cos(turn) - (v === 0 || 2 * v === width ? 0 : zi * Math.sin(turn));
    }
    return 1 / (1 + Math.exp(-sum / (height * width)));
  });
}

describe('fourier', () => {
  it.each([[6, 8], [5, 7], [8, 5]])('draws what the inverse real FFT of the scaled spectrum gives (%i × %i)', async (height, width) => {
    const half = Math.floor(width / 2) + 1;
    const { normal } = randomStream(2, 'test');
    const latent = Float32Array.from({ length: 2 * height * half }, () => 0.5 * normal());
    const canvas = { batch: 1, channels: 1, height, width };
    const ctx = { canvas, params: { sd: 0.01, decay: 1, alpha: 0 }, prepared: undefined };
    const g = new GraphBuilder({ opset: 18 });
    const shape = fourier.latent(ctx);
    const image = fourier.build({ g, latent: g.input('latent', 'f32', shape), ...ctx });
    const [out] = await evaluate(g, [image], { latent: tensor('f32', shape, latent) });
    const wanted = greyByDefinition([...latent.slice(0, height * half)], [...latent.slice(height * half)], height, width);
    wanted.forEach((pixel, i) => expect((out!.data as Float32Array)[i]).toBeCloseTo(pixel, 5));
  });
});
