import { seeded } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { luminanceOf, radialSpectrum, spectrumDistance, windowSide, type Luminance } from './spectrum.js';

const picture = (width: number, height: number, value: (x: number, y: number) => number): Luminance =>
  ({ width, height, data: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))) });

/** The definition, without any shortcut: one window, every frequency a sum over all pixels. */
function bruteForce({ width, data }: Luminance, side: number): number[] {
  const [sums, counts] = [new Array<number>(side / 2).fill(0), new Array<number>(side / 2).fill(0)];
  const hann = (i: number): number => Math.sin((Math.PI * i) / side) ** 2;
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  for (let v = -side / 2; v < side / 2; v++) {
    for (let u = -side / 2; u < side / 2; u++) {
      const ring = Math.round(Math.hypot(u, v));
      if (ring < 1 || ring > side / 2) continue;
      let [re, im] = [0, 0];
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const value = (data[y * width + x]! - mean) * hann(x) * hann(y);
          re += value * Math.cos((2 * Math.PI * (u * x + v * y)) / side);
          im -= value * Math.sin((2 * Math.PI * (u * x + v * y)) / side);
        }
      }
      sums[ring - 1]! += re * re + im * im;
      counts[ring - 1]! += 1;
    }
  }
  return sums.map((sum, i) => sum / counts[i]!);
}

describe('radialSpectrum', () => {
  it('is the sum over all pixels that a Fourier transform is, by rings', () => {
    const random = seeded(1);
    const noise = picture(16, 16, () => random());
    const wanted = bruteForce(noise, 16);
    radialSpectrum(noise, 16).forEach((power, i) => expect(power / wanted[i]!).toBeCloseTo(1, 9));
  });

  it('finds a wave at its frequency, whichever way it runs and wherever the windows lie', () => {
    for (const wave of [(x: number): number => x, (_: number, y: number): number => y]) {
      const power = radialSpectrum(picture(80, 72, (x, y) => 0.5 + 0.4 * Math.sin((2 * Math.PI * 5 * wave(x, y)) / 32)), 32);
      expect(power.indexOf(Math.max(...power)) + 1).toBe(5);
    }
  });

  it('is flat for white noise', () => {
    const random = seeded(3);
    const power = radialSpectrum(picture(256, 256, () => random()), 32);
    // A Hann window mixes neighbouring frequencies; the first, beside the mean that was taken away, is low.
    for (const value of power.slice(1)) expect(value / power[8]!).toBeGreaterThan(0.85);
    for (const value of power.slice(1)) expect(value / power[8]!).toBeLessThan(1.15);
  });
});

describe('spectrumDistance', () => {
  it('is 0 to itself, 1 where every frequency has ten times the power, and the same both ways', () => {
    const random = seeded(4);
    const one = picture(32, 32, () => 0.4 + 0.1 * random());
    const more = picture(32, 32, (x, y) => one.data[y * 32 + x]! * Math.sqrt(10));
    const [a, b] = [radialSpectrum(one, 32), radialSpectrum(more, 32)];
    expect(spectrumDistance(a, a)).toBe(0);
    expect(spectrumDistance(a, b)).toBeCloseTo(1, 5);
    expect(spectrumDistance(b, a)).toBeCloseTo(spectrumDistance(a, b), 12);
  });

  it('is large, and a number, for a flat picture', () => {
    const random = seeded(5);
    const distance = spectrumDistance(radialSpectrum(picture(16, 16, () => 0.5), 16), radialSpectrum(picture(16, 16, () => random()), 16));
    expect(distance).toBeGreaterThan(5);
    expect(Number.isFinite(distance)).toBe(true);
  });
});

describe('luminanceOf', () => {
  it('weighs green most and blue least, and takes grey as it is', () => {
    const colours = luminanceOf({ data: Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]), width: 4, height: 1, channels: 3 });
    expect([...colours.data].map((value) => Number(value.toFixed(3)))).toEqual([0.299, 0.587, 0.114, 1]);
    expect([...luminanceOf({ data: Uint8Array.from([0, 51]), width: 2, height: 1, channels: 1 }).data]).toEqual([0, Math.fround(0.2)]);
  });
});

describe('windowSide', () => {
  it('fits the smallest picture, at most 64, and is none below 8', () => {
    expect(windowSide([{ width: 224, height: 224 }, { width: 128, height: 100 }])).toBe(64);
    expect(windowSide([{ width: 224, height: 224 }, { width: 33, height: 40 }])).toBe(32);
    expect(windowSide([{ width: 7, height: 224 }])).toBeUndefined();
  });
});
