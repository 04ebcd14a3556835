import { dirname, resolve } from 'node:path';
import { contentKey, parseGeneratorSpec, type GeneratorSpec } from '@neuron-atlas/spec';
import { randomStream } from '@neuron-atlas/synthesis';
import { splitPictures, type DrawsFor, type Encoder, type PictureSet, type Split } from '@neuron-atlas/training';
import { absoluteLocation } from '../location.js';
import type { World } from '../world.js';
import { trainingEncoder } from './training-encoder.js';
import { trainingPictures, type TrainingPictures } from './training-pictures.js';

export interface LoadedTraining {
  readonly spec: GeneratorSpec;
  readonly encoder: Encoder;
  /** sha256 of the encoder's file, with constants for its other inputs inside. */
  readonly encoderSha256: string;
  readonly pictures: PictureSet;
  readonly skipped: TrainingPictures['skipped'];
  readonly split: Split;
  readonly draws: DrawsFor;
  /** Names all that decides what comes out: the spec but for its names and places, the encoder and the pictures by content. */
  readonly identity: string;
  /** Absolute. */
  readonly output: string;
}

/** What the command line says otherwise than the spec. */
export interface TrainingChanges {
  readonly output?: string | undefined;
  readonly steps?: number | undefined;
}

/** A spec's file, its encoder and its pictures; nothing is written. */
export async function loadTraining(world: World, file: string, changes: TrainingChanges, signal: AbortSignal): Promise<LoadedTraining> {
  const path = resolve(world.cwd, file);
  const written = parseGeneratorSpec(await world.readText(path, 'spec'), { path: file });
  const spec = { ...written, ...(changes.steps === undefined ? {} : { steps: changes.steps, warmUp: Math.min(written.warmUp, Math.floor(changes.steps / 10)), every: Math.min(written.every, Math.ceil(changes.steps / 2)) }) };
  const report = await world.readModel(absoluteLocation(spec.encoder.path, dirname(path)), spec.encoder.inputs ?? {}, signal);
  const encoder = trainingEncoder(report, spec.encoder);
  const { pictures, content, skipped } = await trainingPictures(world, { spec: spec.pictures, folder: dirname(path), size: spec.size, preprocess: spec.encoder.preprocess, signal });
  const draws: DrawsFor = (purpose) => randomStream(spec.seed, purpose);
  const { heldOut = Math.min(512, Math.floor(pictures.count / 10)), validation = Math.min(128, Math.floor(pictures.count / 20)) } = spec.pictures;
  const split = splitPictures(pictures.count, { heldOut: Math.max(1, heldOut), validation: Math.max(1, validation) }, draws);
  const { name: _name, output: _output, ...decisive } = spec;
  const identity = contentKey({ version: 1, ...decisive, encoder: { ...decisive.encoder, path: report.facts.sha256 }, pictures: { ...decisive.pictures, source: content, found: pictures.count } });
  return { spec, encoder, encoderSha256: report.facts.sha256, pictures, skipped, split, draws, identity, output: resolve(world.cwd, changes.output ?? spec.output) };
}
