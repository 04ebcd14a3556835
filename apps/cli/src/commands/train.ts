import { join, resolve } from 'node:path';
import { readModel } from '@neuron-atlas/onnx';
import { generatorJsonSchema } from '@neuron-atlas/spec';
import { codeRange, momentsOver } from '@neuron-atlas/training';
import { defineCommand } from '../command.js';
import { errors } from '../errors.js';
import { isGiven, optionalText, wholeNumber, WrongValue } from '../option.js';
import { bytes, count, counted } from '../quantity.js';
import { table } from '../table.js';
import { loadTraining, type LoadedTraining } from '../training/load-training.js';
import { finishedTraining, outputNames, percent, rangeFile, trainToOutput, type TrainingRecord } from '../training/train-generator.js';
import type { CommandContext } from '../command.js';

interface TrainOptions {
  readonly topic: Topic;
  readonly spec: string | undefined;
  readonly output: string | undefined;
  readonly steps: number | undefined;
  readonly generator: string | undefined;
  readonly schema: boolean;
}

export const train = defineCommand<TrainOptions>({
  name: 'train',
  summary: 'Train what the prior `generator` needs; `generator`: a network that inverts an encoder at a layer; `code-range`: the range of a code alone.',
  examples: ['train generator examples/generator/demo.yaml --steps 20 --output trial', 'train code-range examples/generator/demo.yaml --output range'],
  options: {
    topic: { argument: 'TOPIC', doc: '`generator` or `code-range`.', parse: topic },
    spec: { argument: '[SPEC]', doc: 'The spec of the training, YAML or JSON.', parse: optionalText },
    output: { flag: '--output FOLDER', doc: 'Another output folder than the spec has.', parse: optionalText },
    steps: { flag: '--steps N', doc: 'Another number of steps than the spec has, for a trial.', parse: wholeNumber(1, 10_000_000, undefined) },
    generator: { flag: '--generator FILE', doc: 'With code-range: a generator that was trained elsewhere, to see that the code fits it.', parse: optionalText },
    schema: { flag: '--schema', doc: 'Print the JSON Schema of a spec instead.', parse: isGiven },
  },
  run: async (context) => {
    const { options, out, world, signal } = context;
    if (options.schema) return out.document(generatorJsonSchema(), () => [JSON.stringify(generatorJsonSchema(), null, 2)]);
    if (options.spec === undefined) throw errors.usage({ problem: 'SPEC must be given', command: 'train' });
    const training = await loadTraining(world, options.spec, options, signal);
    for (const { id, reason } of training.skipped.slice(0, 3)) out.note(`left out ${id}: ${reason}`);
    if (training.skipped.length > 3) out.note(`left out ${count(training.skipped.length)} files in all`);
    return options.topic === 'generator' ? generator(training, context) : range(training, context);
  },
});

async function generator(training: LoadedTraining, { out, world, signal }: CommandContext<TrainOptions>): Promise<void> {
  const before = await finishedTraining(world, training);
  const record = before ?? await trainToOutput(world, training, (line) => out.note(line), signal);
  const { curve: _curve, recipe: _recipe, ...shown } = record;
  out.document({ topic: 'generator', output: training.output, wasComplete: before !== undefined, record: shown }, () => [
    ...measures(record),
    '', `${bytes(record.files.generator.bytes)} with ${counted(record.parameters, 'parameter')}, ${counted(record.pictures.learnedFrom, 'picture')} learned from, ${counted(record.steps, 'step')}${record.endedEarly ? ', ended early' : ''}`,
    `${Object.values(outputNames).filter((name) => name !== outputNames.checkpoint).join(', ')} in ${training.output}`,
    ...(before === undefined ? [] : ['it was complete already']),
  ]);
}

/** On held-out pictures, beside the nearest picture that was learned from. */
function measures({ heldOut: { pictures, generator: own, nearest } }: TrainingRecord): readonly string[] {
  return table([`${counted(pictures, 'held-out picture')}`, 'G(E(x))', `nearest of ${count(nearest.among)}`], [
    ['image error, of the mean picture’s', percent(own.imageError), percent(nearest.imageError)],
    ['feature error, of the variance', percent(own.featureError), percent(nearest.featureError)],
    ...Object.keys(own.agreement).map((group) => [`same class: ${group}`, percent(own.agreement[group]!), percent(nearest.agreement[group]!)]),
  ]);
}

async function range(training: LoadedTraining, { options, out, world, signal }: CommandContext<TrainOptions>): Promise<void> {
  const { spec, encoder, encoderSha256, pictures, split, output } = training;
  const indices = split.training.slice(0, spec.pictures.range);
  const moments = await momentsOver([encoder.code], { runtime: await world.openRuntime(), encoder, pictures, indices, batch: Math.min(spec.batch, 32), threads: world.cores, signal });
  const found = codeRange(moments.get(encoder.code)!, { encoder: encoderSha256, layer: spec.encoder.code, pictures: indices.length, sigmas: spec.sigmas });
  if (options.generator !== undefined) {
    const path = resolve(world.cwd, options.generator);
    const input = readModel(await world.readBytes(path, 'generator'), { name: path }).graph.inputs[0];
    if (input?.shape?.slice(1).join() !== found.shape.join()) throw errors.codeMisfit({ generator: path, takes: input?.shape ?? [], layer: spec.encoder.code, shape: found.shape });
  }
  const file = join(output, outputNames.range);
  await world.writeFile(file, rangeFile(found));
  const { mean: _mean, std: _std, lower: _lower, upper: _upper, ...range } = found;
  const extremes = { lower: Math.min(...found.lower), upper: Math.max(...found.upper) };
  out.document({ topic: 'code-range', output, range: { ...range, ...extremes } }, () => [
    `code       ${found.layer} [${found.shape.join(', ')}]${found.rectified ? ', rectified' : ''}`,
    `range      ${found.rectified ? '0' : `mean − ${found.sigmas} σ`} to mean + ${found.sigmas} σ of each component, from ${counted(found.pictures, 'picture')}: ${extremes.lower.toPrecision(3)} to ${extremes.upper.toPrecision(3)} in all`,
    `${outputNames.range} in ${output}`,
  ]);
}

type Topic = 'generator' | 'code-range';
function topic(raw: string | undefined): Topic {
  if (raw !== 'generator' && raw !== 'code-range') throw new WrongValue(`is "${raw ?? ''}", expected generator or code-range`);
  return raw;
}
