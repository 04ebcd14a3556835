import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colourNames, createRandom, drawPicture, pictureAt, shapeNames, textureNames, type Picture } from './index.js';

const combinations = shapeNames.length * textureNames.length * colourNames.length;

describe('createRandom', () => {
  it('repeats itself for a seed and stream, and for no others', () => {
    const first = (seed: number, stream: number): readonly number[] => {
      const random = createRandom(seed, stream);
      return Array.from({ length: 4 }, () => random.next());
    };
    expect(first(7, 3)).toEqual(first(7, 3));
    expect(first(7, 4)).not.toEqual(first(7, 3));
    expect(first(8, 3)).not.toEqual(first(7, 3));
  });

  it('spreads evenly: mean, variance and the correlation of neighbours are those of the uniform law', () => {
    const random = createRandom(11);
    const draws = Array.from({ length: 100_000 }, () => random.next());
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
    const covariance = draws.slice(1).reduce((sum, draw, i) => sum + (draw - mean) * (draws[i]! - mean), 0) / draws.length;
    expect(mean).toBeCloseTo(1 / 2, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
    expect(covariance * 12).toBeCloseTo(0, 1);
  });

  it('starts streams of neighbouring seeds and indices apart', () => {
    const starts = new Set<number>();
    for (let seed = 0; seed < 40; seed++) for (let stream = 0; stream < 40; stream++) starts.add(createRandom(seed, stream).next());
    expect(starts.size).toBe(1600);
  });
});

describe('pictureAt', () => {
  it('draws the same bytes whenever it is asked, in any order', () => {
    const forwards = [0, 1, 2, 700].map((index) => pictureAt(5, index));
    const backwards = [700, 2, 1, 0].map((index) => pictureAt(5, index)).reverse();
    expect(backwards).toEqual(forwards);
  });

  it('draws other pictures for another seed', () => {
    expect(Buffer.from(pictureAt(1, 0).pixels)).not.toEqual(Buffer.from(pictureAt(2, 0).pixels));
  });

  it('goes through every combination of labels once in 512 pictures', () => {
    const seen = new Set<string>();
    for (let index = combinations; index < 2 * combinations; index++) {
      const { shape, texture, colour } = pictureAt(0, index, 8);
      seen.add(`${shape} ${texture} ${colour}`);
    }
    expect(seen.size).toBe(512);
  });

  it('holds each label about equally often in a short run', () => {
    const pictures = Array.from({ length: 128 }, (_, index) => pictureAt(0, index, 8));
    for (const [label, names] of [['shape', shapeNames], ['texture', textureNames], ['colour', colourNames]] as const) {
      for (const name of names) {
        const count = pictures.filter((picture) => picture[label] === name).length;
        expect(count, `${label} ${name}`).toBeGreaterThanOrEqual(12);
        expect(count, `${label} ${name}`).toBeLessThanOrEqual(20);
      }
    }
  });
});

describe('drawPicture', () => {
  it('covers between a twentieth and half of the picture by the object, at every size', () => {
    fc.assert(fc.property(fc.integer(), fc.constantFrom(32, 64, 96), (seed, size) => {
      const { coverage, pixels } = drawPicture(createRandom(seed), size);
      expect(pixels).toHaveLength(size * size * 3);
      expect(coverage).toBeGreaterThan(0.05);
      expect(coverage).toBeLessThan(0.5);
    }), { numRuns: 300 });
  });

  it('covers by each shape what its formula says', () => {
    // Areas at radius 1, by plane geometry; the radius is 0.24 … 0.38 of the side, its square 0.0979 on average.
    const crescentLens = lens(1, 0.82, 0.52);
    const areas = {
      disc: Math.PI,
      ring: Math.PI * (1 - 0.48 ** 2),
      crescent: Math.PI - crescentLens,
      triangle: (3 * Math.sqrt(3)) / 4,
      square: 1.6 ** 2,
      bar: 2.1 * 0.72,
      star: 5 * 0.45 * Math.sin(Math.PI / 5),
      cross: 2 * 2 * 0.68 - 0.68 ** 2,
    };
    const meanSquareRadius = (0.38 ** 3 - 0.24 ** 3) / (3 * (0.38 - 0.24));
    for (const shape of shapeNames) {
      const count = 400;
      let sum = 0;
      for (let seed = 0; seed < count; seed++) sum += drawPicture(createRandom(seed), 32, { shape }).coverage;
      const expected = areas[shape] * meanSquareRadius;
      expect(sum / count / expected, shape).toBeGreaterThan(0.93); // a little of some objects lies over the border
      expect(sum / count / expected, shape).toBeLessThan(1.05);
    }
  });

  it('shows the colour it names: plain objects have its hue at their middle', () => {
    const centres = { red: 0, orange: 28, yellow: 55, green: 120, cyan: 184, blue: 224, violet: 272, pink: 326 };
    for (const colour of colourNames) {
      for (let seed = 0; seed < 20; seed++) {
        const picture = drawPicture(createRandom(seed), 64, { colour, texture: 'plain', shape: 'disc' });
        const hues = vividHues(picture);
        const near = hues.filter((hue) => Math.abs(((hue - centres[colour] + 540) % 360) - 180) <= 14);
        expect(near.length / (64 * 64), `${colour}, seed ${seed}`).toBeGreaterThan(0.1);
      }
    }
  });

  it('draws a texture that changes more from pixel to pixel than a plain object does', () => {
    const roughness = (texture: 'plain' | 'checks'): number => {
      let sum = 0;
      for (let seed = 0; seed < 100; seed++) {
        const { pixels, size } = drawPicture(createRandom(seed), 64, { texture, shape: 'square', colour: 'red' });
        for (let i = 3; i < size * size * 3; i++) sum += Math.abs(pixels[i]! - pixels[i - 3]!);
      }
      return sum;
    };
    expect(roughness('checks')).toBeGreaterThan(1.5 * roughness('plain'));
  });
});

/** The area that two discs share. */
function lens(r: number, s: number, d: number): number {
  const a = Math.acos((d * d + r * r - s * s) / (2 * d * r)), b = Math.acos((d * d + s * s - r * r) / (2 * d * s));
  return r * r * (a - Math.sin(2 * a) / 2) + s * s * (b - Math.sin(2 * b) / 2);
}

/** Hues in degrees of the pixels that are far from grey. */
function vividHues({ pixels }: Picture): readonly number[] {
  const hues: number[] = [];
  for (let at = 0; at < pixels.length; at += 3) {
    const [r, g, b] = [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
    const high = Math.max(r, g, b), range = high - Math.min(r, g, b);
    if (range < 0.5 * high || high < 60) continue;
    const sextant = high === r ? (g - b) / range : high === g ? 2 + (b - r) / range : 4 + (r - g) / range;
    hues.push((sextant * 60 + 360) % 360);
  }
  return hues;
}
