import { colourNames } from './colours.js';
import { drawPicture, type Picture } from './draw-picture.js';
import { createRandom } from './random.js';
import { shapeNames } from './shapes.js';
import { textureNames } from './textures.js';

/**
 * The picture at a place of the endless sequence that a seed names.
 *
 * Any picture can be drawn alone, so a set may be split in any way. Labels go round: every run of `shapes × textures ×
 * colours` pictures (512) that starts at a multiple of it holds each combination once, and neighbours differ in all three.
 */
export function pictureAt(seed: number, index: number, size = 64): Picture {
  const combinations = shapeNames.length * textureNames.length * colourNames.length;
  // A bijection of 0 … combinations − 1: the factor is prime and does not divide the count.
  const turn = (index * 347 + 59) % combinations;
  return drawPicture(createRandom(seed, index), size, {
    shape: shapeNames[turn % shapeNames.length]!,
    texture: textureNames[Math.floor(turn / shapeNames.length) % textureNames.length]!,
    colour: colourNames[Math.floor(turn / (shapeNames.length * textureNames.length))]!,
  });
}
