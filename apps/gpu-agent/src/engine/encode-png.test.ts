import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodePng } from './encode-png.js';

describe('encodePng', () => {
  it('keeps every pixel to the nearest of 256 values, planes interleaved', async () => {
    // 2 × 1 pixels: red plane, green plane, blue plane.
    const image = Float32Array.of(0, 1, 0.5, 0.25, 1 / 255, 254.6 / 255);
    const { data, info } = await sharp(await encodePng({ image, channels: 3, width: 2, height: 1 })).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([2, 1, 3]);
    expect([...data]).toEqual([0, 128, 1, 255, 64, 255]);
  });

  it('keeps opacity behind the colours, of colour and of grey pictures, and the colours of what is transparent', async () => {
    for (const channels of [2, 4]) {
      const image = Float32Array.from({ length: 2 * channels }, (_, i) => (i === 2 * channels - 1 ? 0 : i / 8)); // the second pixel cannot be seen
      const { data, info } = await sharp(await encodePng({ image, channels, width: 2, height: 1 })).raw().toBuffer({ resolveWithObject: true });
      const read = info.channels === channels ? [...data] : [...data].filter((_, i) => i % 4 === 0 || i % 4 === 3); // libvips may read grey as three colours
      expect(read).toEqual([0, 1].flatMap((x) => Array.from({ length: channels }, (_, c) => Math.round(image[c * 2 + x]! * 255))));
    }
  });

  it('clips what is outside 0..1 and makes 0 of what is no number', async () => {
    const image = Float32Array.of(-3, 7, NaN, Infinity);
    const { data, info } = await sharp(await encodePng({ image, channels: 1, width: 2, height: 2 })).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(1);
    expect([...data]).toEqual([0, 255, 0, 255]);
  });

  it('gives the same bytes for the same picture, without metadata', async () => {
    const image = Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => (Math.sin(i * 0.37) + 1) / 2);
    const [a, b] = [await encodePng({ image, channels: 3, width: 64, height: 64 }), await encodePng({ image, channels: 3, width: 64, height: 64 })];
    expect(Buffer.compare(a, b)).toBe(0);
    const chunks: string[] = [];
    for (let at = 8; at < a.length;) {
      chunks.push(String.fromCharCode(...a.subarray(at + 4, at + 8)));
      at += 12 + new DataView(a.buffer, a.byteOffset + at).getUint32(0);
    }
    // pHYs is a fixed resolution; texts, times, profiles and cameras have chunks of their own.
    expect(new Set(chunks)).toEqual(new Set(['IHDR', 'pHYs', 'IDAT', 'IEND']));
  });
});
