import { z } from 'zod';
import { bindings, preprocess } from '../model-schema.js';

const weight = z.number().min(0).max(1e6);
const layer = z.string().min(1);

/** The spec of a generator's training as people write it; parseGeneratorSpec fills in what is left out. */
export const generatorSchema = z.strictObject({
  name: z.string().min(1).max(200).optional().describe('Name of the training. Default: the name of the file.'),
  encoder: z.strictObject({
    path: z.string().min(1).describe('The network that is inverted: an ONNX file (relative to this spec), file:///… or s3://bucket/key.'),
    inputs: bindings.optional(),
    preprocess: preprocess.refine(({ color }) => color !== 'bands', { error: 'expected colours: a generator learns from pictures of a data set', path: ['color'] }).optional(),
    code: z.string().min(1).describe('The layer whose values are the code: an id that `neuron-atlas inspect` lists, or the name of any tensor.'),
    comparators: z.array(z.union([layer, z.strictObject({ layer, weight: z.number().positive().max(1e6).describe('Its part in the mean over all comparators. Default 1.').optional() })])).min(1).optional()
      .describe('Layers in which a picture and its reconstruction are to be alike, alone or with a weight. Default: the code.'),
    answers: z.string().min(1).optional().describe('Where the network gives its classes; none for a network without. Default: its first output, if that is one row a picture.'),
    groups: z.array(z.int().min(1)).min(1).optional().describe('Sizes of the groups of answers that each have a top class. Default: one group.'),
  }),
  pictures: z.strictObject({
    path: z.string().min(1).optional().describe('A data set, as `dataset.path` of a sweep: a folder, tar or Parquet shards.'),
    format: z.enum(['folder', 'tar', 'parquet']).optional().describe('How it lies there. Default: as its files are called.'),
    image: z.string().min(1).max(200).optional().describe('Where the pictures are: a column of Parquet, the ending of a member of a tar. Default: the usual ones.'),
    drawn: z.enum(['demo']).optional().describe('Pictures that are drawn instead: demo, those of the demo network.'),
    seed: z.int().min(0).max(2 ** 31 - 1).optional().describe('Seed of drawn pictures. Default 2000, of which the demo network has seen none.'),
    count: z.int().min(1).max(10_000_000).optional().describe('How many, at most: evenly spread over a data set. Default: all of it; 12000 drawn ones.'),
    heldOut: z.int().min(1).max(100_000).optional().describe('Pictures that only the final measure sees. Default: a tenth, at most 512.'),
    validation: z.int().min(1).max(100_000).optional().describe('Pictures that are looked at during the training. Default: a twentieth, at most 128.'),
    range: z.int().min(2).max(10_000_000).optional().describe('Pictures, at most, that the code range is taken from. Default 4096.'),
  }).refine(({ path, drawn }) => (path === undefined) !== (drawn === undefined), { error: 'expected either path or drawn' }),
  size: z.int().min(32).max(256).refine((size) => size % 16 === 0, { error: 'expected a multiple of 16' }).optional().describe('Side of the made pictures in pixels, a multiple of 16. Default 64.'),
  width: z.int().min(2).max(256).optional().describe('Channels of the last map, half as wide as the picture; each map of half the side has twice as many, up to four times. Default 32.'),
  loss: z.strictObject({
    image: weight.optional().describe('Weight of the pixels’ error. Default 1.'),
    feature: weight.optional().describe('Weight of the error in the comparators. Default 1.'),
    adversarial: weight.optional().describe('Weight of the discriminator’s verdict. Default 0.01.'),
  }).refine((loss) => [loss.image ?? 1, loss.feature ?? 1, loss.adversarial ?? 0.01].some((term) => term > 0), { error: 'expected at least one weight above 0' })
    .optional().describe('Weights of the three terms, each a share of the variance; 0 leaves one out.'),
  discriminatorRate: z.number().positive().max(1000).optional().describe('The discriminator’s learning rate as a multiple of the generator’s. Default 1.'),
  augmentation: z.strictObject({
    flip: z.boolean().optional().describe('Whether half of the pictures are mirrored. Default true.'),
    shift: z.int().min(0).max(64).optional().describe('Largest shift each way, in pixels. Default 2.'),
  }).optional(),
  sigmas: z.number().positive().max(100).optional().describe('k of the code range, mean + k · standard deviation. Default 3.'),
  steps: z.int().min(1).max(10_000_000).optional().describe('Steps of Adam. Default 5000.'),
  batch: z.int().min(1).max(1024).optional().describe('Pictures a step. Default 16.'),
  learningRate: z.number().positive().max(10).optional().describe('Highest rate; it falls to 0 by half a cosine. Default 0.0015.'),
  warmUp: z.int().min(0).max(1_000_000).optional().describe('Steps over which the rate first rises. Default 100, at most a tenth of the steps.'),
  every: z.int().min(1).max(1_000_000).optional().describe('Steps between two checkpoints, each with a look at the validation pictures. Default: a twentieth of the steps, at most 250.'),
  patience: z.int().min(1).max(1_000_000).optional().describe('Looks without a better one after which the training ends. Default: it goes on to its last step.'),
  seed: z.int().min(0).max(2 ** 31 - 1).optional().describe('Seed of all draws. Default 1.'),
  output: z.string().min(1).describe('A folder, relative to where the command runs.'),
});

export type WrittenGeneratorSpec = z.infer<typeof generatorSchema>;

/** JSON Schema (draft 2020-12) of the spec of a generator's training, for editors. */
export function generatorJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(generatorSchema, { io: 'input' }) as Record<string, unknown>;
}
