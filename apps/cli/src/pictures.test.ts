import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { contactSheet } from './contact-sheet.js';
import { halfBlocks } from './half-blocks.js';

const plain = (r: number, g: number, b: number, width = 8, height = 8): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r, g, b } } }).png().toBuffer();

describe('contactSheet', () => {
  it('puts every picture into its own tile, in reading order, and leaves gaps and missing ones dark', async () => {
    const sheet = await contactSheet([await plain(255, 0, 0), null, await plain(0, 0, 255)], { tile: 16, across: 2 });
    const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([2 * 18 + 2, 2 * 18 + 2]);
    const at = (x: number, y: number): number[] => [...data.subarray((y * info.width + x) * info.channels, (y * info.width + x) * info.channels + 3)];
    expect(at(10, 10)).toEqual([255, 0, 0]);
    expect(at(28, 10)).toEqual([32, 32, 32]);
    expect(at(10, 28)).toEqual([0, 0, 255]);
    expect(at(0, 0)).toEqual([32, 32, 32]);
  });

  it('is about square where the width is not given', async () => {
    const { width, height } = await sharp(await contactSheet(Array.from({ length: 9 }, () => null), { tile: 8 })).metadata();
    expect([width, height]).toEqual([32, 32]);
  });
});

describe('halfBlocks', () => {
  it('draws two pixels in a character, the upper as ink and the lower as ground', async () => {
    const image = await sharp(Buffer.from([255, 0, 0, 0, 255, 0]), { raw: { width: 1, height: 2, channels: 3 } }).png().toBuffer();
    expect(await halfBlocks(image, 1, 1)).toEqual(['\u001b[38;2;255;0;0m\u001b[48;2;0;255;0m▀\u001b[0m']);
  });

  it('keeps the proportions within the room it is given', async () => {
    const lines = await halfBlocks(await plain(1, 2, 3, 40, 20), 10, 10);
    expect(lines).toHaveLength(3); // 10 × 5 pixels, two in a line
    expect(lines[0]?.match(/▀/g)).toHaveLength(10);
  });
});
