import { readModel, type Runtime, type Tensor } from '@neuron-atlas/onnx';
import { activationNames, modelFile, questions } from '../model.js';
import { batchAt } from './batch.js';

export interface HeldOutResult {
  readonly pictures: number;
  /** The share of pictures, 0..1, whose answer to a question is right; `all` counts those with no wrong answer. */
  readonly accuracy: Readonly<Record<string, number>>;
  /** Units of each layer that answered to no picture at all, of how many. */
  readonly silent: Readonly<Record<string, { readonly silent: number; readonly units: number }>>;
}

/** Asks a finished network, as its file holds it, about the first pictures of the sequence that a seed names. */
export async function heldOut(runtime: Runtime, model: Uint8Array, options: { readonly seed: number; readonly pictures: number; readonly threads: number }): Promise<HeldOutResult> {
  const { seed, pictures, threads } = options;
  const weights = readModel(model, { name: 'demo.onnx' }).graph.initializers;
  await using session = await runtime.load(modelFile(weights, activationNames), { threads });
  const right: Record<string, number> = { all: 0 };
  const highest = new Map(activationNames.map((name) => [name, [] as number[]]));
  const batchSize = 64;
  for (let start = 0; start < pictures; start += batchSize) {
    const count = Math.min(batchSize, pictures - start);
    const { image, targets } = batchAt(seed, start, count);
    const out = await session.run({ image });
    for (const [row, correct] of answersRight(out['logits']!, targets).entries()) {
      for (const { name } of questions) if (correct[name]) right[name] = (right[name] ?? 0) + 1;
      if (questions.every(({ name }) => correct[name])) right['all']! += 1;
      for (const [name, peaks] of highest) raise(peaks, out[name]!, row);
    }
  }
  return {
    pictures,
    accuracy: Object.fromEntries([...questions.map(({ name }) => name), 'all'].map((name) => [name, Math.round((1e4 * (right[name] ?? 0)) / pictures) / 1e4])),
    silent: Object.fromEntries([...highest].map(([name, peaks]) => [name, { silent: peaks.filter((peak) => peak <= 0).length, units: peaks.length }])),
  };
}

function answersRight(logits: Tensor, targets: Readonly<Record<string, Tensor>>): readonly Record<string, boolean>[] {
  const [rows, width] = logits.shape as [number, number];
  return Array.from({ length: rows }, (_, row) => {
    let start = row * width;
    return Object.fromEntries(questions.map(({ name, answers }) => {
      const given = bestOf((logits.data as Float32Array).subarray(start, start + answers.length));
      start += answers.length;
      return [name, given === bestOf((targets[name]!.data as Float32Array).subarray(row * answers.length, (row + 1) * answers.length))];
    }));
  });
}

const bestOf = (values: Float32Array): number => values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);

/** Keeps each unit's highest answer; `answers` is f32[N, C, H, W]. */
function raise(peaks: number[], answers: Tensor, row: number): void {
  const [, units, height, width] = answers.shape as [number, number, number, number];
  const data = answers.data as Float32Array;
  for (let unit = 0; unit < units; unit++) {
    let peak = peaks[unit] ?? 0;
    const start = (row * units + unit) * height * width;
    for (let at = start; at < start + height * width; at++) if (data[at]! > peak) peak = data[at]!;
    peaks[unit] = peak;
  }
}
