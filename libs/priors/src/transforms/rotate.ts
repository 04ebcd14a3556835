import { count, nonNegative } from '@neuron-atlas/plugins';
import { fromNeutral, perChannel } from '../from-neutral.js';
import { numberOf, shear } from '../resample.js';
import { defineTransform } from '../transform.js';

/**
 * Turns the picture about its centre by a random angle, as three shears; what comes in from outside is grey.
 *
 * Angles are −most … most in whole degrees, and as many more of 0 as `upright` says.
 */
export const rotate = defineTransform({
  name: 'rotate',
  version: 1,
  summary: 'Turns the picture by a random angle, in whole degrees.',
  source: 'Lucid transform.random_rotate(list(range(−10, 11)) + 5 · [0]); the turn by Paeth 1986, A fast algorithm for general raster rotation',
  params: { most: nonNegative(10, 'Largest angle each way, in degrees; below 90.'), upright: count(5, 'How many more times 0 counts among the angles.') },
  margin: () => 0,
  draw: ({ draws, params: { most, upright } }) => {
    const whole = Math.floor(most);
    const index = draws.below(2 * whole + 1 + upright);
    const angle = ((index <= 2 * whole ? index - whole : 0) * Math.PI) / 180;
    return [Math.tan(angle / 2), Math.sin(angle)];
  },
  neutral: () => [0, 0],
  build: ({ g, image, row }) => {
    const [tan, sin] = [numberOf(g, row, 0), numberOf(g, row, 1)];
    const grey = (): number => 0.5;
    const turned = (x: typeof image): typeof image => g.transpose(x, [0, 1, 3, 2]);
    const first = shear(g, fromNeutral(g, image, grey), tan);
    const second = turned(shear(g, turned(first), g.neg(sin)));
    return g.add(shear(g, second, tan), perChannel(g, image.shape[1]!, grey));
  },
});
