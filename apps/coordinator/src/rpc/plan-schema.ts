import type { SweepPlan } from '@neuron-atlas/spec';
import { z } from 'zod';
import { errors } from '../errors.js';

const count = z.int().min(0).max(2 ** 31 - 1);
const text = z.string().min(1).max(2000).refine((value) => !/\p{Cc}/u.test(value), { error: 'expected no control characters' });
const params = z.record(z.string(), z.union([z.number(), z.string()]));

// Only what this version knows: a field of a newer client would otherwise be dropped without a word.
const part = z.strictObject({ name: text, params });
const parts = z.array(part).max(64);
const view = z.strictObject({
  recipe: text.optional(), regularisers: parts.optional(), transforms: parts.optional(), optimiser: part.optional(), schedule: part.optional(),
  keep: z.enum(['last', 'best']).optional(), letThrough: count.min(1).optional(), stop: z.strictObject({ patience: count.min(1), gain: z.number().min(0) }).optional(),
  prior: text, priorParams: params, objective: text, objectiveParams: params,
  steps: count.min(1), size: count.min(1), seeds: z.array(z.int().min(0)).min(1), learningRate: z.number().positive().optional(), batch: count.min(1).max(65_536),
});

const kinds = z.array(z.enum(['top', 'bottom', 'quantile'])).max(3);

const range = z.tuple([count, count]).refine(([start, end]) => start < end, { error: 'expected [start, end) with start below end' });

const layer = z.strictObject({
  id: text, tensor: text, op: text, site: z.enum(['pre', 'post']), units: count,
  kind: z.enum(['channel', 'feature', 'stream', 'head']).optional(), axis: z.int().min(1).max(16).optional(), node: z.string().optional(), inputs: z.array(text).optional(), shape: z.array(z.int()),
  selected: z.array(range).refine((ranges) => ranges.every(([start], i) => i === 0 || (ranges[i - 1]?.[1] ?? 0) <= start), { error: 'expected ranges in order that do not overlap' }),
  megaMacs: z.number().min(0),
  field: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('window'), size: z.array(count), stride: z.array(z.number()), offset: z.array(z.number()) }),
    z.strictObject({ kind: z.enum(['whole', 'varies']) }),
  ]).optional(),
  blocked: z.strictObject({ code: z.string(), message: z.string() }).optional(),
}).refine((l) => (l.selected.at(-1)?.[1] ?? 0) <= l.units, { error: 'expected no channel beyond the layer', path: ['selected'] });

const plan = z.strictObject({
  version: z.literal(1),
  spec: z.looseObject({
    name: text, output: text,
    dataset: z.strictObject({ path: text, format: text.optional(), image: text.optional(), label: text.optional(), shard: count.min(1).optional() }).optional(),
    views: z.looseObject({
      exemplars: z.strictObject({ top: count.min(1), bottom: count.min(1), quantiles: count, effective: kinds, batch: count.min(1).max(65_536) }).optional(),
      projections: z.strictObject({
        method: z.enum(['deconvnet', 'guided', 'gradient']), seed: z.enum(['one', 'activation']),
        kinds: kinds.min(1), batch: count.min(1).max(65_536),
      }).optional(),
      synthesis: z.array(view),
    }),
    quality: z.strictObject({ trials: count.min(1), references: count.min(1), batch: count.min(1).max(65_536) }).optional(),
    publish: z.enum(['crops', 'blurred', 'links']).optional(),
  }),
  modelSha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 lower-case hexadecimal digits' }),
  modelName: text, modelBytes: z.int().min(0),
  input: z.strictObject({ name: text, shape: z.array(z.int()) }),
  dataset: z.strictObject({ location: text, files: text.optional(), index: z.string().regex(/^[0-9a-f]{64}$/), samples: count.min(1) }).optional(),
  plugins: z.array(text).max(1000).optional(),
  fromExemplars: z.array(count).min(1).optional(),
  layers: z.array(layer).max(100_000).refine((layers) => new Set(layers.map(({ id }) => id)).size === layers.length, { error: 'expected layer ids that differ' }),
}).refine(({ spec: { views }, dataset }) => (views.exemplars !== undefined) === (dataset !== undefined), { error: 'expected a data set with exemplars, and none without', path: ['dataset'] })
  .refine(({ spec: { views } }) => views.projections === undefined || views.exemplars !== undefined, { error: 'expected exemplars with projections', path: ['spec', 'views', 'projections'] })
  .refine(({ spec: { views, quality } }) => quality === undefined || (views.exemplars !== undefined && views.synthesis.length > 0), { error: 'expected exemplars and synthesis with quality', path: ['spec', 'quality'] })
  .refine(({ spec: { views }, fromExemplars = [] }) => fromExemplars.every((view) => view < views.synthesis.length && views.exemplars !== undefined), { error: 'expected views of the spec, and exemplars for them', path: ['fromExemplars'] })
  .refine(({ spec: { views } }) => views.synthesis.length > 0 || views.exemplars !== undefined, { error: 'expected a view', path: ['spec', 'views', 'synthesis'] });

/** Errors: COORDINATOR_BAD_PLAN with the first field that is wrong. */
export function parsePlan(json: string): SweepPlan {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw errors.badPlan({ field: 'plan_json', reason: `it is not JSON: ${(error as Error).message}` }, error);
  }
  const result = plan.safeParse(value);
  if (result.success) return value as SweepPlan;
  const [issue] = result.error.issues;
  throw errors.badPlan({ field: fieldOf(issue?.path ?? []), reason: issue?.message ?? 'it is not a plan' });
}

function fieldOf(path: readonly PropertyKey[]): string {
  const field = path.reduce<string>((soFar, part) => typeof part === 'number' ? `${soFar}[${part}]` : soFar === '' ? String(part) : `${soFar}.${String(part)}`, '');
  return field === '' ? 'plan_json' : field;
}
