import { describe, expect, it } from 'vitest';
import { describePicture, likeness } from './picture-likeness.js';

const picture = (paint: (x: number, y: number) => readonly [number, number, number]): Uint8ClampedArray =>
  Uint8ClampedArray.from(Array.from({ length: 32 * 32 }, (_, i) => [...paint(i % 32, Math.floor(i / 32)), 255]).flat());
const stripes = (turn: boolean, shift: number, colour: readonly [number, number, number]) => picture((x, y) => ((((turn ? x : y) + shift) >> 2) % 2 === 0 ? colour : [0, 0, 0]));
const red = [250, 20, 20] as const;

describe('likeness of pictures', () => {
  it('is 1 for the same picture, and hardly less for one that is moved', () => {
    const one = describePicture(stripes(true, 0, red));
    expect(likeness(one, one)).toBeCloseTo(1, 5);
    expect(likeness(one, describePicture(stripes(true, 2, red)))).toBeGreaterThan(0.97);
  });

  it('is less for another direction, another colour, and least for both', () => {
    const one = describePicture(stripes(true, 0, red));
    const turned = likeness(one, describePicture(stripes(false, 0, red)));
    const recoloured = likeness(one, describePicture(stripes(true, 0, [20, 20, 250])));
    const both = likeness(one, describePicture(stripes(false, 0, [20, 20, 250])));
    expect(Math.max(turned, recoloured)).toBeLessThan(0.9);
    expect(both).toBeLessThan(Math.min(turned, recoloured));
  });

  it('is a number for a picture of one colour', () => {
    expect(likeness(describePicture(picture(() => red)), describePicture(picture(() => red)))).toBeCloseTo(1, 5);
  });
});
