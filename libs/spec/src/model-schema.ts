import { z } from 'zod';

const numbers = z.array(z.number());

/** How a picture in 0..1 becomes a model's input. */
export const preprocess = z.strictObject({
  mean: numbers.optional().describe('Per channel, in units of range; one number stands for all bands. Default 0.'),
  std: z.array(z.number().positive()).optional().describe('Per channel, in units of range; one number stands for all bands. Default 1.'),
  range: z.tuple([z.number(), z.number()]).refine(([low, high]) => low < high, { error: 'expected the lower end first' })
    .optional().describe('What 0 and 1 of a picture become before mean and std. Default [0, 1].'),
  color: z.enum(['RGB', 'BGR', 'L', 'bands']).optional().describe('Order of the channels; L is grey, bands are any number of channels that are no colours. Default RGB.'),
  show: z.array(z.int().min(1).max(1024)).min(1).max(3).refine((bands) => bands.length !== 2, { error: 'expected one band, or three for red, green and blue' })
    .optional().describe('With color bands: the bands that pictures show, counted from 1, as grey or as red, green and blue. Default: all of them, side by side.'),
  resize: z.int().min(1).max(16_384).optional().describe('Short side in pixels, for data sets.'),
  crop: z.int().min(1).max(16_384).optional().describe('Side of the centre crop in pixels, for data sets.'),
});

/** Constants for a model's other inputs. */
export const bindings = z.record(z.string(), z.union([z.number(), numbers], { error: 'expected a number or a list of numbers' }))
  .describe('Constants for inputs that are not the picture, by name: one number for all elements, or all of them in row-major order.');
