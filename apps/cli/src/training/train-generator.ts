import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { GeneratorSpec } from '@neuron-atlas/spec';
import { codeRange, generatorFile, measureGenerator, trainGenerator, type CurveRow, type GeneratorMeasure } from '@neuron-atlas/training';
import { errors } from '../errors.js';
import { count, duration } from '../quantity.js';
import type { World } from '../world.js';
import type { LoadedTraining } from './load-training.js';
import { reconstructionSheet } from './reconstruction-sheet.js';

/** What a training was, and how near its generator comes to pictures that it never saw: `training-record.json`. */
export interface TrainingRecord {
  readonly format: 1;
  readonly name: string;
  /** Names all that decided the result. */
  readonly identity: string;
  readonly encoder: { readonly sha256: string; readonly code: string; readonly comparators: GeneratorSpec['encoder']['comparators']; readonly shape: readonly number[] };
  readonly pictures: { readonly count: number; readonly learnedFrom: number; readonly validation: number; readonly heldOut: number; readonly skipped: number; readonly size: number };
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly parameters: number;
  readonly steps: number;
  /** Pictures a step, at its end: less than asked for where memory ran out. */
  readonly batch: number;
  readonly endedEarly: boolean;
  /** Errors as shares of the variance; agreement, 0..1, of the encoder's top class. */
  readonly heldOut: GeneratorMeasure;
  readonly files: Readonly<Record<'generator' | 'range' | 'sheet', { readonly name: string; readonly sha256: string; readonly bytes: number }>>;
  readonly curve: readonly CurveRow[];
}

export const outputNames = { generator: 'generator.onnx', range: 'code-range.json', sheet: 'reconstructions.png', record: 'training-record.json', checkpoint: 'checkpoint.bin' } as const;

/** Pictures among which the nearest one of the baseline is sought. */
const among = 4096;

/**
 * Trains to the end, going on from the checkpoint in the output where there is one, and writes what came of it; the record
 * last. The same training gives the same files. Errors: those of libs/training, CLI_FILE_UNWRITABLE.
 */
export async function trainToOutput(world: World, training: LoadedTraining, note: (line: string) => void, signal: AbortSignal): Promise<TrainingRecord> {
  const { spec, encoder, encoderSha256, pictures, split, draws, identity, output, skipped } = training;
  const place = (name: keyof typeof outputNames): string => join(output, outputNames[name]);
  const runtime = await world.openRuntime(), threads = world.cores;
  const saved = (await world.exists(place('checkpoint'))) ? await world.readBytes(place('checkpoint'), 'checkpoint') : undefined;
  let from: { readonly step: number; readonly at: number } | undefined;
  const trained = await trainGenerator({
    runtime, encoder, pictures, split, draws, threads, identity, saved, signal,
    recipe: {
      width: spec.width, loss: spec.loss, discriminatorRate: spec.discriminatorRate, augmentation: spec.augmentation, steps: spec.steps, batch: spec.batch, learningRate: spec.learningRate,
      warmUpSteps: spec.warmUp, every: spec.every, patience: spec.patience ?? Infinity, rangePictures: spec.pictures.range,
    },
    save: (checkpoint) => world.writeFile(place('checkpoint'), checkpoint),
    onProgress: ({ stage, done, total, row, batch }) => {
      if (stage === 'range') { if (done === total) note(`looked at ${count(total)} pictures for the range of the code`); return; }
      from ??= { step: done, at: world.now() };
      if (row === undefined) return;
      const seconds = (world.now() - from.at) / 1000, steps = done - from.step;
      const rest = steps > 0 && done < total ? `, ${duration((seconds / steps) * (total - done))} to go` : '';
      note(`step ${count(done)} of ${count(total)} (${Math.floor((100 * done) / total)} %): image ${percent(row.validation.image)}, feature ${percent(row.validation.feature)} of the variance${batch === spec.batch ? '' : `, batch ${batch}`}${rest}`);
    },
  });
  const { measure, reconstructions } = await measureGenerator({ runtime, encoder, generator: trained.network, pictures, batch: Math.min(spec.batch, 32), threads, trained, split, groups: spec.encoder.groups, among, signal });
  const metadata = { 'neuron-atlas.encoder': encoderSha256, 'neuron-atlas.code': spec.encoder.code, 'neuron-atlas.training': identity };
  const range = codeRange(trained.moments.get(encoder.code)!, { encoder: encoderSha256, layer: spec.encoder.code, pictures: Math.min(split.training.length, spec.pictures.range), sigmas: spec.sigmas });
  const contents = {
    generator: generatorFile(trained.shape, trained.network, trained.parameters, metadata),
    range: rangeFile(range), sheet: await reconstructionSheet(pictures, reconstructions),
  };
  const record: TrainingRecord = {
    format: 1, name: spec.name, identity, encoder: { sha256: encoderSha256, code: spec.encoder.code, comparators: spec.encoder.comparators, shape: trained.shape.code },
    pictures: { count: pictures.count, learnedFrom: split.training.length, validation: split.validation.length, heldOut: split.heldOut.length, skipped: skipped.length, size: pictures.size },
    recipe: { width: spec.width, loss: spec.loss, discriminatorRate: spec.discriminatorRate, augmentation: spec.augmentation, steps: spec.steps, batch: spec.batch, learningRate: spec.learningRate, warmUp: spec.warmUp, seed: spec.seed },
    parameters: [...trained.parameters.values()].reduce((sum, { data }) => sum + data.length, 0),
    steps: trained.steps, batch: trained.batch, endedEarly: trained.endedEarly, heldOut: measure,
    files: Object.fromEntries((['generator', 'range', 'sheet'] as const).map((kind) => [kind, { name: outputNames[kind], sha256: sha256(contents[kind]), bytes: contents[kind].length }])) as TrainingRecord['files'],
    curve: trained.curve,
  };
  for (const kind of ['generator', 'range', 'sheet'] as const) await world.writeFile(place(kind), contents[kind]);
  await world.writeFile(place('record'), Buffer.from(`${JSON.stringify(record, null, 2)}\n`));
  return record;
}

/** The record of a training that came to its end in the output; undefined where none has. CLI_OTHER_TRAINING. */
export async function finishedTraining(world: World, { identity, output }: LoadedTraining): Promise<TrainingRecord | undefined> {
  const path = join(output, outputNames.record);
  if (!(await world.exists(path))) return undefined;
  const record = JSON.parse(Buffer.from(await world.readBytes(path, 'training record')).toString()) as TrainingRecord;
  if (record.identity !== identity) throw errors.otherTraining({ output, name: record.name });
  return record;
}

/** One number a line would make thousands of lines: a list is one line. */
export const rangeFile = (range: Readonly<Record<string, unknown>> | object): Uint8Array =>
  Buffer.from(`{\n${Object.entries(range).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n')}\n}\n`);

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
