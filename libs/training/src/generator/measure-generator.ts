import { GraphBuilder, loadModel, type Model, sizeOf, tensor } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';
import { cutEncoder, encode } from './encoder.js';
import { openEvaluation, type Evaluated, type EvaluationOptions } from './evaluation.js';
import { picturesName, varianceOf } from './moments.js';
import { pictureBatch } from './picture-set.js';
import type { Split } from './split.js';
import type { TrainedGenerator } from './train-generator.js';

/** How near something comes to the held-out pictures. */
export interface Nearness {
  /** Mean square error of the pixels, as a share of that of the mean picture. */
  readonly imageError: number;
  /** Of the code, as a share of its variance over the held-out pictures. */
  readonly featureError: number;
  /** The share of pictures with the same top class, 0..1; for each group of answers and, as `all`, with all of them alike. Empty where the encoder gives no answers. */
  readonly agreement: Readonly<Record<string, number>>;
}

export interface GeneratorMeasure {
  readonly pictures: number;
  readonly generator: Nearness;
  /** The training picture whose code is nearest, in the place of G(E(x)). */
  readonly nearest: Nearness & { readonly among: number };
}

/** A held-out picture, what the generator makes of its code, and the nearest training picture; pictures by their index. */
export interface Reconstruction {
  readonly index: number;
  /** f32[C, H, W] in 0..1, 8 bits each. */
  readonly picture: Float32Array;
  readonly nearest: number;
}

export interface MeasureOptions extends EvaluationOptions {
  readonly trained: TrainedGenerator;
  readonly split: Split;
  /** Sizes of the groups of answers that each have a top class. @default one group */
  readonly groups?: readonly number[] | undefined;
  /** Training pictures, at most, among which the nearest is sought. */
  readonly among: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks about the held-out pictures, whose reconstructions were rounded to 8 bits. TRAINING_GROUPS_SIZE. */
export async function measureGenerator(options: MeasureOptions): Promise<{ readonly measure: GeneratorMeasure; readonly reconstructions: readonly Reconstruction[] }> {
  const { pictures, encoder, trained, split, groups, signal } = options;
  await using evaluation = await openEvaluation(options);
  const found: Evaluated[] = [];
  for await (const row of evaluation.run(trained.parameters, split.heldOut)) found.push(row);
  const among = split.training.slice(0, options.among);
  const near = await nearestOf(found, among, options);
  signal?.throwIfAborted();
  const neighbours: Evaluated[] = [];
  for await (const row of evaluation.run(trained.parameters, near.map(({ index }) => index))) neighbours.push(row);

  const meanPicture = trained.moments.get(picturesName)!.mean;
  const codes = trained.moments.get(encoder.code)!;
  const [own, spread] = await Promise.all([pictureBatch(pictures, found.map(({ index }) => index)), pictureBatch(pictures, near.map(({ index }) => index))]);
  const size = sizeOf(own.shape.slice(1));
  const pixel = (batch: typeof own, row: number, at: number): number => (batch.data as Float32Array)[row * size + at]!;
  const mean = (value: (row: number) => number): number => found.reduce((sum, _, row) => sum + value(row), 0) / found.length;
  const square = (a: (at: number) => number, b: (at: number) => number): number => {
    let sum = 0;
    for (let at = 0; at < size; at++) sum += (a(at) - b(at)) ** 2;
    return sum / size;
  };
  const ofMeanPicture = mean((row) => square((at) => pixel(own, row, at), (at) => meanPicture[at]!));
  const variance = mean((row) => found[row]!.code.reduce((sum, value, i) => sum + (value - codes.mean[i]!) ** 2, 0) / codes.mean.length) || varianceOf(codes);
  const agreement = (other: (row: number) => Float32Array): Record<string, number> => agreementOf(found.map(({ answers }) => answers), found.map((_, row) => other(row)), groups);
  const measure: GeneratorMeasure = {
    pictures: found.length,
    generator: {
      imageError: short(mean((row) => found[row]!.imageError) / ofMeanPicture), featureError: short(mean((row) => found[row]!.featureError) / variance),
      agreement: agreement((row) => found[row]!.answersOfReconstruction),
    },
    nearest: {
      imageError: short(mean((row) => square((at) => pixel(own, row, at), (at) => pixel(spread, row, at))) / ofMeanPicture),
      featureError: short(mean((row) => near[row]!.distance / codes.mean.length) / variance),
      agreement: agreement((row) => neighbours[row]!.answers), among: among.length,
    },
  };
  return { measure, reconstructions: found.map(({ index, reconstruction }, row) => ({ index, picture: reconstruction, nearest: near[row]!.index })) };
}

const short = (value: number): number => Number(value.toPrecision(4));

/** For each held-out picture the one of `among` whose code is nearest, with the square of the distance. */
async function nearestOf(found: readonly Evaluated[], among: readonly number[], { runtime, encoder, pictures, batch, threads }: MeasureOptions): Promise<readonly { readonly index: number; readonly distance: number }[]> {
  const width = found[0]!.code.length;
  const cut = await cutEncoder(encoder, [encoder.code], batch, runtime);
  const g = new GraphBuilder({ opset: cut.opset });
  const x = g.input('pictures', 'f32', [batch, pictures.channels, pictures.size, pictures.size]);
  const codes = g.reshape(encode(g, cut, encoder, x)(encoder.code), [batch, width]);
  const held = g.constant(tensor('f32', [found.length, width], Float32Array.from(found.flatMap(({ code }) => [...code]))));
  // ‖a − b‖² = ‖a‖² − 2 a·b + ‖b‖², without ‖a‖², which is added on the host.
  const distance = g.sub(g.reshape(g.sum(g.mul(codes, codes), [1]), [1, batch]), g.mul(g.matMul(held, codes, { transB: true }), 2));
  const out = g.emit('Identity', [distance], {}, [{ dtype: 'f32', shape: distance.shape, name: 'distance' }])[0]!;
  const model: Model = { irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', cut.opset]]), functions: [], metadata: new Map(), graph: g.build('nearest', [out]) };
  await using session = await loadModel(runtime, model, threads === undefined ? {} : { threads });
  const best = found.map(() => ({ index: among[0]!, distance: Infinity }));
  for (let start = 0; start < among.length; start += batch) {
    const rows = Array.from({ length: batch }, (_, i) => among[Math.min(start + i, among.length - 1)]!);
    const { distance: distances } = await session.run({ pictures: await pictureBatch(pictures, rows) });
    best.forEach((row, held_) => rows.forEach((index, i) => {
      const value = (distances!.data as Float32Array)[held_ * batch + i]!;
      if (value < row.distance) Object.assign(row, { index, distance: value });
    }));
  }
  return best.map(({ index, distance: rest }, row) => ({ index, distance: Math.max(0, rest + found[row]!.code.reduce((sum, value) => sum + value ** 2, 0)) }));
}

function agreementOf(a: readonly Float32Array[], b: readonly Float32Array[], groups: readonly number[] | undefined): Record<string, number> {
  const width = a[0]?.length ?? 0;
  if (width === 0) return {};
  const sizes = groups ?? [width];
  if (sizes.reduce((sum, size) => sum + size, 0) !== width) throw errors.groupsSize({ groups: sizes, answers: width });
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const top = (answers: Float32Array, start: number, size: number): number => answers.subarray(start, start + size).reduce((best, value, i, all) => (value > all[best]! ? i : best), 0);
  const alike = a.map((row, i) => sizes.map((size, group) => top(row, starts[group]!, size) === top(b[i]!, starts[group]!, size)));
  const share = (holds: (row: readonly boolean[]) => boolean): number => short(alike.filter(holds).length / alike.length);
  const whole = short(a.filter((row, i) => top(row, 0, width) === top(b[i]!, 0, width)).length / a.length);
  return sizes.length === 1 ? { top: whole } : { top: whole, ...Object.fromEntries(sizes.map((_, group) => [`group ${group + 1}`, share((row) => row[group]!)])), all: share((row) => row.every(Boolean)) };
}
