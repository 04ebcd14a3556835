import { errors, inOrder } from '../errors.js';
import { schemaProblems } from '../schema-problems.js';
import { readSpecSource } from '../spec-source.js';
import { nameFromPath, settledPreprocess } from '../with-defaults.js';
import { generatorSchema, type WrittenGeneratorSpec } from './generator-schema.js';
import type { GeneratorSpec, PicturesSpec } from './generator-spec.js';

/**
 * The spec of a generator's training from YAML or JSON, checked, with all defaults filled in. `path` is the file's, as the
 * user gave it.
 *
 * All that is wrong comes in one error, each with file, line, column and field: SPEC_SYNTAX where it is no YAML,
 * SPEC_INVALID_GENERATOR otherwise.
 */
export function parseGeneratorSpec(text: string, { path }: { readonly path: string }): GeneratorSpec {
  const source = readSpecSource(text);
  if (source.syntaxProblems.length > 0) throw errors.syntax({ path, problems: source.syntaxProblems.map((problem) => ({ ...problem, field: '' })) });
  const parsed = generatorSchema.safeParse(source.value, { reportInput: true });
  if (!parsed.success) throw errors.invalidGenerator({ path, problems: inOrder(schemaProblems(generatorSchema, parsed.error.issues, source)) });
  return settled(parsed.data, path);
}

function settled(written: WrittenGeneratorSpec, path: string): GeneratorSpec {
  const { encoder, steps = 5000, patience } = written;
  return {
    name: written.name ?? nameFromPath(path),
    encoder: {
      path: encoder.path, ...(encoder.inputs === undefined ? {} : { inputs: encoder.inputs }), preprocess: settledPreprocess(encoder.preprocess ?? {}),
      code: encoder.code, comparators: settledComparators(encoder.comparators ?? [encoder.code]),
      ...(encoder.answers === undefined ? {} : { answers: encoder.answers }), ...(encoder.groups === undefined ? {} : { groups: encoder.groups }),
    },
    pictures: settledPictures(written.pictures),
    size: written.size ?? 64, width: written.width ?? 32,
    loss: { image: 1, feature: 1, adversarial: 0.01, ...written.loss },
    discriminatorRate: written.discriminatorRate ?? 1,
    augmentation: { flip: true, shift: 2, ...written.augmentation },
    sigmas: written.sigmas ?? 3,
    steps, batch: written.batch ?? 16, learningRate: written.learningRate ?? 0.0015,
    warmUp: Math.min(written.warmUp ?? 100, Math.floor(steps / 10)),
    every: written.every ?? Math.min(250, Math.ceil(steps / 20)),
    ...(patience === undefined ? {} : { patience }),
    seed: written.seed ?? 1, output: written.output,
  };
}

/** A layer that is named twice counts once, as it was named last. */
function settledComparators(written: NonNullable<WrittenGeneratorSpec['encoder']['comparators']>): GeneratorSpec['encoder']['comparators'] {
  const weights = new Map(written.map((one) => (typeof one === 'string' ? [one, 1] as const : [one.layer, one.weight ?? 1] as const)));
  return [...weights].map(([layer, weight]) => ({ layer, weight }));
}

function settledPictures({ path, format, image, drawn, seed, count, heldOut, validation, range = 4096 }: WrittenGeneratorSpec['pictures']): PicturesSpec {
  const given = Object.fromEntries(Object.entries({ heldOut, validation, count: count ?? (drawn === undefined ? undefined : 12_000) }).filter(([, value]) => value !== undefined));
  if (path === undefined) return { source: { drawn: drawn ?? 'demo', seed: seed ?? 2000 }, ...given, range };
  return { source: { path, ...(format === undefined ? {} : { format }), ...(image === undefined ? {} : { image }) }, ...given, range };
}
