import { describe, expect, it } from 'vitest';
import { shownPicture, type Picture } from './shown-picture.js';

// Every pixel of plane p is p + 1, but for the one at the lower left, which is 10 more.
const picture = (channels: number, width = 3, height = 2): Picture => ({
  channels, width, height,
  image: Float32Array.from({ length: channels * width * height }, (_, i) => Math.floor(i / (width * height)) + 1 + (i % (width * height) === width * (height - 1) ? 10 : 0)),
});
const rows = ({ image, width }: Picture, from = 0, count = image.length): readonly (readonly number[])[] =>
  Array.from({ length: count / width }, (_, y) => [...image.subarray(from + y * width, from + (y + 1) * width)]);

describe('shownPicture', () => {
  it('leaves pictures of one colour and of three as they are, with and without opacity', () => {
    for (const [channels, colours] of [[1, 1], [2, 1], [3, 3], [4, 3]] as const) {
      const own = picture(channels);
      expect(shownPicture(own, colours)).toBe(own);
    }
  });

  it('lays five bands side by side in a square of nine places, the last four black', () => {
    const shown = shownPicture(picture(5), 5);
    expect([shown.channels, shown.width, shown.height]).toEqual([1, 9, 6]);
    expect(rows(shown)).toEqual([
      [1, 1, 1, 2, 2, 2, 3, 3, 3],
      [11, 1, 1, 12, 2, 2, 13, 3, 3],
      [4, 4, 4, 5, 5, 5, 0, 0, 0],
      [14, 4, 4, 15, 5, 5, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });

  it('takes two bands for bands, and not for grey with an opacity', () => {
    const shown = shownPicture(picture(2, 1, 1), 2);
    expect([shown.channels, shown.width, shown.height, ...shown.image]).toEqual([1, 2, 2, 11, 12, 0, 0]);
  });

  it('gives every band the one opacity', () => {
    const shown = shownPicture(picture(3, 1, 2), 2);
    expect([shown.channels, shown.width, shown.height]).toEqual([2, 2, 4]);
    expect(rows(shown)).toEqual([[1, 2], [11, 12], [0, 0], [0, 0], [3, 3], [13, 13], [0, 0], [0, 0]]);
  });

  it('shows chosen bands as red, green and blue, or one as grey, opacity behind them', () => {
    expect(rows(shownPicture(picture(5, 1, 1), 5, [4, 3, 2])).flat()).toEqual([14, 13, 12]);
    expect(rows(shownPicture(picture(5, 1, 1), 4, [2])).flat()).toEqual([12, 15]);
    expect(rows(shownPicture(picture(3, 1, 1), 3, [3, 2, 1])).flat()).toEqual([13, 12, 11]);
  });
});
