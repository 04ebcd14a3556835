import { f32, tensor, type Tensor } from '@neuron-atlas/onnx';
import { coloursOf } from '@neuron-atlas/priors';
import { backgroundColumns, drawBackground, neutralBackground, spectrumOf } from './background.js';
import type { ChosenRecipe } from './choose-recipe.js';
import type { ProgramMeta } from './program.js';
import { randomStream } from './random.js';
import { banksOf, chainOf, drawRows, neutralRow } from './transform-chain.js';

type Tensors = Readonly<Record<string, Tensor>>;

/** The tables that a program is fed beside its state: all that depends on the step alone is computed here, in float64. */
export interface StepTables {
  /** A step of rate 0 without transforms. */
  readonly neutral: Tensors;
  banks(seed: number): Tensors;
  /** `rows` and `draws` of `count` steps from step `start` on. */
  forAscent(seed: number, steps: number): (start: number, count: number) => Tensors;
}

export function createStepTables({ seen, canvas }: ProgramMeta, { transforms, optimiser, schedule, learningRate }: ChosenRecipe): StepTables {
  const chain = chainOf(transforms, seen);
  const colours = coloursOf(canvas);
  const ground = canvas.alpha === true ? { channels: colours, height: canvas.height, width: canvas.width } : undefined;
  const width = Math.max(1, chain.columns + (ground === undefined ? 0 : backgroundColumns));
  const banks = banksOf(chain, colours);
  const padded = (row: readonly number[]): readonly number[] => (row.length === 0 ? [0] : row);
  const table = (rows: readonly (readonly number[])[], draws: readonly (readonly number[])[]): Tensors =>
    ({ rows: f32([rows.length, rows[0]!.length], rows.flat()), draws: f32([draws.length, width], draws.flatMap(padded)) });
  const rowOf = (rate: number, t: number): readonly number[] => [rate, t, ...optimiser.plugin.numbers(optimiser.params as never, t)];
  return {
    neutral: table([rowOf(0, 1)], [[...neutralRow(chain), ...(ground === undefined ? [] : neutralBackground)]]),
    banks: (seed) => ({
      ...Object.fromEntries(banks.flatMap((bank) => (bank === undefined ? [] : [[bank.name, tensor('f32', bank.shape, bank.fill(seed))]]))),
      ...(ground === undefined ? {} : { background: spectrumOf(ground, seed) }),
    }),
    forAscent(seed, steps) {
      const backgrounds = randomStream(seed, 'background');
      const draws = drawRows(chain, seed, steps).map((row) => (ground === undefined ? row : [...row, ...drawBackground(backgrounds, ground)]));
      const rate = (t: number): number => schedule.plugin.rate({ base: learningRate, t, steps, params: schedule.params as never });
      return (start, count) => table(Array.from({ length: count }, (_, i) => rowOf(rate(start + i + 1), start + i + 1)), draws.slice(start, start + count));
    },
  };
}
