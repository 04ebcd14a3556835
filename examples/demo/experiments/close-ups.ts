import { pictureSize } from '../model.js';
import { blend, colourNames, companion, namedColour } from '../pictures/colours.js';
import { createRandom } from '../pictures/index.js';
import { makeTexture, textureNames } from '../pictures/textures.js';
import type { Labelled } from './classifier.js';

/** Another data set than the demo's: a colour and its companion in a texture over the whole picture, without object and ground; asked about texture and colour. */
export const closeUps = (seed: number): Labelled => (index) => {
  const random = createRandom(seed, index);
  const texture = random.pick(textureNames), colour = random.pick(colourNames);
  const main = namedColour(random, colour), second = companion(random, main);
  const spot = { centreX: pictureSize / 2, centreY: pictureSize / 2, radiusPixels: 0.6 * pictureSize, periodPixels: random.between(0.085, 0.2) * pictureSize };
  const mixture = makeTexture(texture, random, spot), gain = 255 * random.between(0.82, 1);
  const pixels = new Uint8Array(3 * pictureSize * pictureSize);
  for (let y = 0, at = 0; y < pictureSize; y++) for (let x = 0; x < pictureSize; x++) for (const tone of blend(main, second, mixture(x, y))) pixels[at++] = Math.round(gain * tone);
  return { pixels, labels: [textureNames.indexOf(texture), colourNames.indexOf(colour)] };
};
