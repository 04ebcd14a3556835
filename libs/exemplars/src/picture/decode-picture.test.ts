import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture, decodeWhole, fillInput } from './decode-picture.js';

const options = { preprocess: { color: 'RGB' as const, resize: 32 }, input: { width: 24, height: 24 } };
/** Left half red, right half blue. */
const halves = (width: number, height: number): Sharp => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data[i * 3 + (i % width < width / 2 ? 0 : 2)] = 255;
  return sharp(data, { raw: { width, height, channels: 3 } });
};
const at = ({ data, width }: { readonly data: Uint8Array; readonly width: number }, x: number, y: number): number[] => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
const near = (found: readonly number[], wanted: readonly number[]): void => found.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(40));

/** A PNG whose header claims another size. */
function claiming(png: Buffer, width: number, height: number): Uint8Array {
  const changed = new Uint8Array(png);
  const view = new DataView(changed.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, crc32(changed.subarray(12, 29)));
  return changed;
}

describe('decodePicture', () => {
  it.each<[string, () => Promise<Buffer>]>([
    ['JPEG', () => halves(100, 60).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()],
    ['CMYK JPEG', () => halves(100, 60).toColourspace('cmyk').jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()],
    ['16-bit PNG', () => halves(100, 60).toColourspace('rgb16').png().toBuffer()],
    ['WebP', () => halves(100, 60).webp({ lossless: true }).toBuffer()],
    ['PNG with transparency', () => halves(100, 60).ensureAlpha().png().toBuffer()],
    ['palette GIF', () => halves(100, 60).gif().toBuffer()],
  ])('reads %s in 8 bits, resized and cropped', async (_name, make) => {
    const { input, view } = await decodePicture(new Uint8Array(await make()), 'x', options);
    expect(input).toMatchObject({ width: 24, height: 24, channels: 3 });
    expect(view).toMatchObject({ original: { width: 100, height: 60 }, resized: { width: 53, height: 32 } });
    // The blue of a printer is not that of a screen: which channel leads is what a swap of colours would change.
    expect([at(input, 3, 12), at(input, 20, 12)].map((pixel) => pixel.indexOf(Math.max(...pixel)))).toEqual([0, 2]);
  });

  it('takes the first frame of an animation', async () => {
    const frames = Buffer.concat([await halves(20, 20).raw().toBuffer(), Buffer.alloc(1200, 255)]);
    const gif = await sharp(frames, { raw: { width: 20, height: 40, channels: 3, pageHeight: 20 } }).gif().toBuffer();
    expect((await sharp(gif, { animated: true }).metadata()).pages).toBe(2);
    near(at((await decodePicture(new Uint8Array(gif), 'x', options)).input, 2, 12), [255, 0, 0]);
  });

  it('turns a picture as its EXIF says', async () => {
    const turned = await halves(100, 60).withMetadata({ orientation: 6 }).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
    const { input, view } = await decodePicture(new Uint8Array(turned), 'x', options);
    expect(view.original).toEqual({ width: 60, height: 100 });
    near(at(input, 12, 2), [255, 0, 0]);
    near(at(input, 12, 21), [0, 0, 255]);
    expect(await decodeWhole(new Uint8Array(turned), 'x', 'RGB')).toMatchObject({ width: 60, height: 100 });
  });

  it('reads a picture 30,000 pixels wide', async () => {
    const wide = await sharp({ create: { width: 30_000, height: 40, channels: 3, background: '#0000ff' } }).png().toBuffer();
    near(at((await decodePicture(new Uint8Array(wide), 'x', options)).input, 1, 1), [0, 0, 255]);
  });

  it.each<[string, () => Promise<Uint8Array>]>([
    ['a JPEG that is cut short', async () => { const whole = await halves(100, 60).jpeg().toBuffer(); return new Uint8Array(whole.subarray(0, Math.floor(whole.length * 0.6))); }],
    ['an empty file', async () => new Uint8Array()],
    ['text', async () => new TextEncoder().encode('<html>not found</html>')],
    ['more pixels than any picture has', async () => claiming(await halves(8, 8).png().toBuffer(), 30_000, 10_000)],
  ])('refuses %s by name', async (_name, make) => {
    await expect(decodePicture(await make(), 'a/b.jpg', options)).rejects.toMatchObject({ code: 'EXEMPLARS_BAD_PICTURE', details: { id: 'a/b.jpg' } });
  });
});

describe('a decompression bomb', () => {
  it.each<[string, (content: Uint8Array) => Promise<unknown>]>([
    ['as the model sees it', (content) => decodePicture(content, 'a/b.png', options)],
    ['whole', (content) => decodeWhole(content, 'a/b.png', 'RGB')],
  ])('is refused by its header, and not unpacked: %s', async (_how, decode) => {
    // 16,000 x 16,000 pixels, below the limit of pixels: 768 MB in 0.3 MB of PNG.
    const bomb = new Uint8Array(await sharp({ create: { width: 16_000, height: 16_000, channels: 3, background: '#000' } }).png({ compressionLevel: 9 }).toBuffer());
    expect(bomb.length).toBeLessThan(2 ** 21);
    const [rss, cpu] = [process.memoryUsage().rss, process.cpuUsage()];
    await expect(decode(bomb)).rejects.toMatchObject({ code: 'EXEMPLARS_BAD_PICTURE', details: { id: 'a/b.png', reason: expect.stringContaining('decompression bomb') as string } });
    const spent = process.cpuUsage(cpu);
    expect(process.memoryUsage().rss - rss).toBeLessThan(64 * 2 ** 20);
    expect(spent.user + spent.system).toBeLessThan(1_000_000); // µs of a core
  }, 60_000);
});

describe('fillInput', () => {
  it('applies range, mean and deviation, in the order of the colours', () => {
    const picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 0, 51) };
    const filled = (color: 'RGB' | 'BGR'): number[] => {
      const row = new Float32Array(3);
      fillInput(row, picture, { mean: [10, 20, 30], std: [1, 2, 4], range: [0, 255], color });
      return [...row];
    };
    expect(filled('RGB')).toEqual([245, -10, 5.25]);
    expect(filled('BGR')).toEqual([41, -10, 56.25]);
  });
});
