import { anyColour, blend, colourNames, companion, distance, namedColour, type ColourName, type Rgb } from './colours.js';
import type { Random } from './random.js';
import { shapeNames, signedDistance, type ShapeName } from './shapes.js';
import { makeTexture, textureNames, type Texture, type TextureName } from './textures.js';

/** What the main object of a picture is. */
export interface PictureLabels {
  readonly shape: ShapeName;
  readonly texture: TextureName;
  readonly colour: ColourName;
}

export interface Picture extends PictureLabels {
  /** u8[H, W, C], RGB, with H = W = size. */
  readonly pixels: Uint8Array;
  readonly size: number;
  /** The share of the picture that the object covers, 0..1. */
  readonly coverage: number;
}

/**
 * One picture: a textured object on a background, with a little clutter behind it.
 *
 * All draws come from `random`, in an order that does not depend on the size. Labels that are not given are drawn
 * uniformly.
 */
export function drawPicture(random: Random, size = 64, labels: Partial<PictureLabels> = {}): Picture {
  const shape = labels.shape ?? random.pick(shapeNames);
  const texture = labels.texture ?? random.pick(textureNames);
  const colour = labels.colour ?? random.pick(colourNames);
  const main = namedColour(random, colour);
  const canvas = new Float32Array(size * size * 3); // f32[H, W, C] in 0..1

  paintBackground(random, canvas, size, main);
  for (let count = random.below(4); count > 0; count--) paintClutter(random, canvas, size, main);

  const radiusPixels = random.between(0.24, 0.38) * size;
  const place = { x: placeWithin(random, radiusPixels, size), y: placeWithin(random, radiusPixels, size) };
  const spot = { centreX: place.x, centreY: place.y, radiusPixels, periodPixels: random.between(0.085, 0.15) * size };
  const second = companion(random, main);
  const covered = paintShape(canvas, size, {
    shape,
    radiusPixels,
    ...place,
    angle: random.between(0, 2 * Math.PI),
    stretch: random.between(0.88, 1.12),
    tones: [main, second],
    texture: makeTexture(texture, random, spot),
    outline: random.chance(0.2) ? { widthPixels: random.between(0.02, 0.035) * size, tone: random.chance(0.5) ? [0.06, 0.06, 0.06] : [0.96, 0.96, 0.96] } : undefined,
  });
  return { pixels: develop(random, canvas), size, shape, texture, colour, coverage: covered / (size * size) };
}

/** A centre that keeps most of the object inside: at most a tenth of its radius over the border. */
function placeWithin(random: Random, radiusPixels: number, size: number): number {
  const margin = 0.9 * radiusPixels;
  return random.between(margin, size - margin);
}

/** Plain, gradient, soft noise, two halves, or a texture; always at a distance from the object's colour. */
function paintBackground(random: Random, canvas: Float32Array, size: number, main: Rgb): void {
  const first = apartFrom(random, main);
  const other = blend(first, apartFrom(random, main), random.between(0.25, 0.9));
  const spot = { centreX: size / 2, centreY: size / 2, radiusPixels: size * 0.6, periodPixels: random.between(0.09, 0.28) * size };
  const texture = makeTexture(random.pick(backgrounds), random, spot);
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at += 3) put(canvas, at, first, other, texture(x, y), 1);
  }
}

// Calm grounds more often than busy ones, so that the object's texture is what stands out.
const backgrounds: readonly TextureName[] = ['plain', 'plain', 'gradient', 'gradient', 'gradient', 'noise', 'noise', 'stripes', 'waves', 'checks', 'dots', 'bricks'];

/** A colour that the object's colour can be told from. Forty draws miss all of them about once in 10^9. */
function apartFrom(random: Random, main: Rgb): Rgb {
  for (let attempt = 0; attempt < 40; attempt++) {
    const colour = anyColour(random);
    if (distance(colour, main) > 0.5) return colour;
  }
  return [1 - main[0], 1 - main[1], 1 - main[2]];
}

/** A small plain shape anywhere, a fifth of the object's size. */
function paintClutter(random: Random, canvas: Float32Array, size: number, main: Rgb): void {
  const tone = apartFrom(random, main);
  paintShape(canvas, size, {
    shape: random.pick(shapeNames),
    radiusPixels: random.between(0.04, 0.09) * size,
    x: random.between(0, size),
    y: random.between(0, size),
    angle: random.between(0, 2 * Math.PI),
    stretch: random.between(0.7, 1.3),
    tones: [tone, tone],
    texture: () => 0,
    outline: undefined,
  });
}

interface PlacedShape {
  readonly shape: ShapeName;
  readonly radiusPixels: number;
  readonly x: number;
  readonly y: number;
  /** Radians. */
  readonly angle: number;
  /** How much longer one axis is than the other, by area-preserving scaling. */
  readonly stretch: number;
  readonly tones: readonly [Rgb, Rgb];
  readonly texture: Texture;
  readonly outline: { readonly widthPixels: number; readonly tone: Rgb } | undefined;
}

/** Paints a shape with soft edges; gives the number of pixels it covers, fractions counted. */
function paintShape(canvas: Float32Array, size: number, placed: PlacedShape): number {
  const { radiusPixels, x: centreX, y: centreY, texture, outline, tones: [main, second] } = placed;
  const toEdge = signedDistance(placed.shape);
  const cos = Math.cos(placed.angle), sin = Math.sin(placed.angle);
  const scaleX = Math.sqrt(placed.stretch) / radiusPixels, scaleY = 1 / Math.sqrt(placed.stretch) / radiusPixels;
  const reach = radiusPixels * 1.25 + 1;
  let covered = 0;
  for (let y = Math.max(0, Math.floor(centreY - reach)); y < Math.min(size, centreY + reach); y++) {
    for (let x = Math.max(0, Math.floor(centreX - reach)); x < Math.min(size, centreX + reach); x++) {
      const dx = x - centreX, dy = y - centreY;
      const pixels = toEdge((dx * cos + dy * sin) * scaleX, (dy * cos - dx * sin) * scaleY) * radiusPixels;
      const share = Math.max(0, Math.min(1, 0.5 - pixels));
      if (share === 0) continue;
      const at = (y * size + x) * 3;
      put(canvas, at, main, second, texture(x, y), share);
      if (outline) put(canvas, at, outline.tone, outline.tone, 0, Math.max(0, Math.min(share, 0.5 + outline.widthPixels + pixels)));
      covered += share;
    }
  }
  return covered;
}

/** Lays a mixture of two tones over a pixel. */
function put(canvas: Float32Array, at: number, first: Rgb, second: Rgb, mixture: number, share: number): void {
  for (let channel = 0; channel < 3; channel++) {
    const tone = first[channel]! + (second[channel]! - first[channel]!) * mixture;
    canvas[at + channel] = canvas[at + channel]! + (tone - canvas[at + channel]!) * share;
  }
}

/** Exposure and sensor noise, then 8 bits. */
function develop(random: Random, canvas: Float32Array): Uint8Array {
  const gain = 255 * random.between(0.82, 1.05), noise = 255 * random.between(0, 0.07);
  const pixels = new Uint8ClampedArray(canvas.length); // rounds and clamps
  for (let at = 0; at < canvas.length; at += 3) {
    const bits = random.below(2 ** 30); // ten bits of noise for each channel: one draw a pixel is three times as fast
    for (let channel = 0; channel < 3; channel++) {
      const grain = ((bits >>> (10 * channel)) & 1023) / 1023 - 0.5;
      pixels[at + channel] = canvas[at + channel]! * gain + grain * noise;
    }
  }
  return new Uint8Array(pixels.buffer);
}
