import type { CanvasCase } from './canvas-study.js';

const gap = 4;
const ground = 0x20;
/** About the width of a sheet, in pixels: pictures are enlarged by whole factors up to it. */
const sheetWidth = 1200;

/** All pictures of a study in one PNG, to one scale: a row for each kind of borders, a column for each size. */
export async function canvasSheet(cases: readonly CanvasCase[], sizes: readonly number[], rows: readonly Pick<CanvasCase, 'objective' | 'borders'>[]): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const scale = Math.max(1, Math.floor(sheetWidth / sizes.reduce((sum, size) => sum + size, 0)));
  const tallest = Math.max(...sizes) * scale + gap;
  const lefts = sizes.map((_, i) => gap + sizes.slice(0, i).reduce((sum, size) => sum + size * scale + gap, 0));
  const layers = await Promise.all(cases.map(async (one) => ({
    input: await enlarged(one, scale),
    left: lefts[sizes.indexOf(one.size)]!,
    top: gap + rows.findIndex(({ objective, borders }) => objective === one.objective && borders === one.borders) * tallest,
  })));
  return sharp({ create: { width: lefts.at(-1)! + sizes.at(-1)! * scale + gap, height: rows.length * tallest + gap, channels: 3, background: { r: ground, g: ground, b: ground } } })
    .composite(layers).png().toBuffer();
}

/** One picture as PNG of 8 bits, its pixels as they are. */
export const casePicture = (one: CanvasCase): Promise<Uint8Array> => enlarged(one, 1);

async function enlarged({ image, channels, size }: CanvasCase, scale: number): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const plane = size * size;
  const raw = Buffer.alloc(plane * channels);
  for (let c = 0; c < channels; c++) for (let i = 0; i < plane; i++) raw[i * channels + c] = Math.round(255 * Math.min(1, Math.max(0, image[c * plane + i]!)));
  return sharp(raw, { raw: { width: size, height: size, channels: channels as 1 | 3 } }).resize(size * scale, size * scale, { kernel: 'nearest' }).toColourspace('srgb').png().toBuffer();
}
