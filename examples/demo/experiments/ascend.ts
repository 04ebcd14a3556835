import { createHash } from 'node:crypto';
import { readModel, upgradeOpset } from '@neuron-atlas/onnx';
import { compileProgram, openProgram } from '@neuron-atlas/synthesis';
import { pictureSize } from '../model.js';
import type { Context, Generator } from './context.js';

export interface Ascending {
  readonly model: Uint8Array;
  /** The tensor whose units are shown. @default 'logits' */
  readonly tensor?: string;
  readonly units: readonly number[];
  readonly generator: Generator;
  /** Bounds other than those of the generator's own range; null: none. */
  readonly range?: Uint8Array | null;
  /** What is left of the code after each step. @default 0.99 */
  readonly keep?: number;
  /** Mean size of the first step. */
  readonly learningRate?: number;
  readonly seed: number;
}

/** Half of the publication's: the step falls to nothing over them either way. */
export const ascentSteps = 100;
/** Of a code's scale: a step of it crosses the range of a component in some ten steps. */
export const usualRate = 0.3;
/** Of the shipped generator's codes, which go below zero: larger steps lead to black and white. */
export const shippedRate = 0.1;

/** DGN-AM as published, in one run for all units; pictures of 8 bits, u8[64, 64, 3]. */
export async function ascend({ runtime, threads, effort }: Context, options: Ascending): Promise<readonly Uint8Array[]> {
  const { model, tensor = 'logits', units, generator, range = generator.range, keep = 0.99, learningRate = usualRate, seed } = options;
  const files = new Map([['model', generator.file], ...(range === null ? [] : [['range', range] as const])]);
  const graph = upgradeOpset(readModel(model, { name: 'the network' }));
  const program = await compileProgram({
    model: graph, modelSha256: createHash('sha256').update(model).digest('hex'), tensor, runtime, files,
    input: { name: 'image', shape: [1, 3, pictureSize, pictureSize] }, preprocess: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], range: [0, 1], color: 'RGB' },
    view: { prior: 'generator', priorParams: { model: 'model', range: range === null ? '' : 'range', keep }, recipe: 'dgn-am', objective: 'channel', objectiveParams: {}, learningRate, steps: ascentSteps, size: pictureSize, seeds: [seed], batch: units.length },
  });
  await using ascender = await openProgram(runtime, program, { files, threads });
  const ascents = await ascender.run({ units, seed, steps: Math.max(2, Math.round(ascentSteps * effort)), chunk: 50 });
  return ascents.map(({ image }) => toBytes(image));
}

/** f32[3, H, W] in 0..1 → u8[H, W, 3]. */
export function toBytes(image: Float32Array): Uint8Array {
  const area = image.length / 3;
  return Uint8Array.from({ length: image.length }, (_, at) => Math.round(255 * Math.min(1, Math.max(0, image[(at % 3) * area + Math.floor(at / 3)]!))));
}
