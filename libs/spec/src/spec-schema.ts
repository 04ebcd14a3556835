import { z } from 'zod';
import { channelRangesAsWritten } from './channel-ranges.js';
import { bindings, preprocess } from './model-schema.js';

const params = z.record(z.string(), z.union([z.number(), z.string()], { error: 'expected a number or a text' }));

/** A name, or the name with its params beside it: `fourier`, `{ name: fourier, decay: 1 }`. */
const plugin = (what: string) => z.union([
  z.string().min(1),
  z.object({ name: z.string().min(1).describe(`Name of the ${what}.`) }).catchall(z.union([z.number(), z.string()], { error: 'expected a number or a text' })),
], { error: `expected the name of a ${what}, or { name: …, param: value }` });

/** A list of plugins, or `none`, or one alone. */
const parts = (what: string) => z.union([z.array(plugin(what)), plugin(what)], { error: `expected a list of ${what}s, or none` });

const synthesis = z.strictObject({
  prior: plugin('prior').optional().describe('Default: that of the recipe.'),
  priorParams: params.optional(),
  objective: plugin('objective'),
  objectiveParams: params.optional(),
  recipe: z.string().min(1).optional().describe('Settings published together, such as lucid or toolbox-c; what stands beside it comes first.'),
  regularisers: parts('regulariser').optional().describe('In the order in which they act; none or [] for none. Default: those of the recipe or the prior.'),
  transforms: parts('transform').optional().describe('Between picture and model, in order; none or [] for none. Default: those of the recipe or the prior.'),
  optimiser: plugin('optimiser').optional().describe('Default: that of the recipe or the prior, or adam.'),
  schedule: plugin('schedule').optional().describe('How the learning rate moves. Default: that of the recipe or the prior, or constant.'),
  letThrough: z.int().min(1).max(1_000_000).optional().describe('For units that are dead at the start: in so many of the first steps a rectifier that blocks all of the gradient passes what would open it. Default: none.'),
  keep: z.enum(['last', 'best']).optional().describe('Which picture is kept. Default: as the recipe or the prior says, or last.'),
  stop: z.strictObject({
    patience: z.int().min(1).max(1_000_000).describe('Steps of which mean scores are compared.'),
    gain: z.number().min(0).max(1).optional().describe('Rise below which the ascent is over, as a share. Default 0.001.'),
  }).optional().describe('Ends the ascent of units that rise no more.'),
  steps: z.int().min(1).max(1_000_000).optional().describe('Steps of the ascent. Default: that of the recipe, or 256.'),
  size: z.int().min(8).max(8192).optional().describe('Side of the canvas in pixels. Default 128, or the size of the model where that is smaller.'),
  seeds: z.array(z.int().min(0).max(2 ** 32 - 1)).min(1)
    .refine((seeds) => new Set(seeds).size === seeds.length, { error: 'expected seeds that differ' })
    .optional().describe('One picture of each unit for each seed. Default [0].'),
  learningRate: z.number().positive().max(1e6).optional().describe('Step length of the optimiser. Default: that of the recipe or the prior, or 0.05.'),
  batch: z.int().min(1).max(1024).optional().describe('Units that go through one run together. Default 8.'),
});

const kinds = z.array(z.enum(['top', 'bottom', 'quantile'])).refine((given) => new Set(given).size === given.length, { error: 'expected kinds that differ' });

const channels = z.string().refine((text) => {
  try {
    channelRangesAsWritten(text);
    return true;
  } catch {
    return false; // the refinement's own text says what is expected, with the place
  }
}, { error: 'expected "all", or channels and ranges with both ends inclusive, such as "0-15,31"' });

/** The sweep spec as people write it; parseSpec fills in what is left out. */
export const specSchema = z.strictObject({
  name: z.string().min(1).max(200).optional().describe('Name of the sweep. Default: the name of the file, or of its folder where the file is called sweep or spec.'),
  model: z.strictObject({
    path: z.string().min(1).describe('An ONNX file (relative to this spec), file:///… or s3://bucket/key.'),
    inputs: bindings.optional(),
    preprocess: preprocess.optional(),
  }),
  units: z.strictObject({
    layers: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)], { error: 'expected "all", a glob or a list of globs' })
      .optional().describe('`all`, or globs over layer ids (`*`, `?`, comma lists). Default all.'),
    channels: z.union([z.int().min(0), channels], { error: 'expected "all", or channels and ranges with both ends inclusive, such as "0-15,31"' })
      .optional().describe('`all`, or ranges such as 0-15,31, both ends inclusive. Default all.'),
  }).optional(),
  dataset: z.strictObject({
    path: z.string().min(1).describe('A folder of pictures, of WebDataset shards (.tar) or of Parquet files, one such file, or a pattern such as shards/train-*.tar; relative to this spec, file:///… or s3://bucket/prefix.'),
    format: z.enum(['folder', 'tar', 'parquet']).optional().describe('How it lies there. Default: as its files are called.'),
    image: z.string().min(1).max(200).optional().describe('Where the pictures are: a column of Parquet, the ending of a member of a tar. Default: the usual ones.'),
    label: z.string().min(1).max(200).optional().describe('Where their labels are: a column of Parquet, an ending or a field of the .json member in a tar. Default: the usual ones; of folders their names.'),
    shard: z.int().min(1).max(10_000_000).optional().describe('Samples of one shard. Default: as many as take a shard its time.'),
  }).optional(),
  views: z.strictObject({
    exemplars: z.strictObject({
      top: z.int().min(1).max(100).optional().describe('Pictures that excite a unit most. Default 9.'),
      bottom: z.int().min(1).max(100).optional().describe('Pictures that excite it least. Default 9.'),
      quantiles: z.int().min(0).max(50).optional().describe('Pictures evenly spaced between them. Default 5.'),
      effective: kinds.optional().describe('Exemplars of which the gradient says what part of the picture counts, where the receptive field is larger than it; of the others the whole is shown. Default [top].'),
      batch: z.int().min(1).max(1024).optional().describe('Pictures that go through one run together. Default 8.'),
    }).optional(),
    projections: z.strictObject({
      method: z.enum(['deconvnet', 'guided', 'gradient']).optional().describe('How an activation is carried back to the pixels. Default deconvnet.'),
      seed: z.enum(['one', 'activation']).optional().describe('What is sent back from the unit: 1, or its activation. Default one.'),
      kinds: kinds.min(1).optional().describe('The exemplars that are projected. Default all: top, bottom and quantile.'),
      batch: z.int().min(1).max(1024).optional().describe('Projections that go through one run together. Default 8.'),
    }).optional().describe('What of its exemplars excites a unit, as pictures.'),
    synthesis: z.array(synthesis).min(1).optional(),
  }).refine((views) => views.exemplars !== undefined || views.synthesis !== undefined, { error: 'expected synthesis, exemplars or both' }),
  quality: z.strictObject({
    trials: z.int().min(1).max(10_000).optional().describe('Forced choices for each unit and view. Default 20.'),
    references: z.int().min(1).max(99).optional().describe('Pictures that explain the unit in each of them; at most one less than there are exemplars. Default 9.'),
    batch: z.int().min(1).max(1024).optional().describe('Pictures that go through one run together. Default 8.'),
  }).optional().describe('Measures what the made pictures are worth beside natural ones; needs exemplars and synthesis.'),
  publish: z.enum(['crops', 'blurred', 'links']).optional().describe('What of the data set the atlas shows: crops, blurred crops, or the names of its files only. Default crops.'),
  output: z.string().min(1).describe('A folder (relative to where the command runs), file:///… or s3://bucket/prefix.'),
});

export type WrittenSpec = z.infer<typeof specSchema>;

/** JSON Schema (draft 2020-12) of a sweep spec, for editors. */
export function specJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(specSchema, { io: 'input' }) as Record<string, unknown>;
}
