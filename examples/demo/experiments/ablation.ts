import { parseCodeRange } from '@neuron-atlas/training';
import { classNames } from '../model.js';
import { ascend, ascentSteps, shippedRate } from './ascend.js';
import { logitsFor } from './classifier.js';
import { percent, type Context, type Findings } from './context.js';
import { largest, meanOf, meanSpectrumDistance, naturalPictures, takenFor, trainJudge } from './natural.js';

/** k of the bounds at kσ from the mean, the lower one 0 where codes are rectified; null: no bounds at all. */
const bounds = [null, 1, 2, 3, 5] as const;
const keeps = [0.99, 1] as const;
const units = classNames.map((_, unit) => unit);

interface Case {
  readonly sigmas: (typeof bounds)[number];
  readonly keep: (typeof keeps)[number];
  readonly pictures: readonly Uint8Array[];
  readonly reached: number;
  readonly own: number;
  readonly judged: number;
  readonly spectrum: number;
}

/** What the range of the code and its shrinking are for. */
export async function ablation(context: Context): Promise<Findings> {
  const { runtime, threads, model, generator, seed, note } = context;
  const judge = await trainJudge(context);
  const natural = naturalPictures().map(({ pixels }) => pixels);
  const highest = largest(await logitsFor(runtime, model, natural, threads));
  const cases: Case[] = [];
  const { rectified } = parseCodeRange(Buffer.from(generator.range).toString());
  const named = (sigmas: (typeof bounds)[number]): string => (sigmas === null ? 'none' : `mean ${rectified ? '+' : '±'} ${sigmas} σ`);
  for (const sigmas of bounds) for (const keep of keeps) {
    note(`bounds: ${named(sigmas)}, keep ${keep}`);
    const pictures = await ascend(context, { model, units, generator, range: sigmas === null ? null : boundedAt(generator.range, sigmas), keep, learningRate: shippedRate, seed });
    const own = await logitsFor(runtime, model, pictures, threads), others = await logitsFor(runtime, judge.file, pictures, threads);
    cases.push({
      sigmas, keep, pictures,
      reached: meanOf(units.map((unit) => own[unit]![unit]! / highest[unit]!)), own: meanOf(units.map((unit) => Number(takenFor(own[unit]!, unit)))),
      judged: meanOf(units.map((unit) => Number(takenFor(others[unit]!, unit)))), spectrum: meanSpectrumDistance(pictures, natural),
    });
  }
  const at = (sigmas: (typeof bounds)[number], keep: (typeof keeps)[number]): Case => cases.find((one) => one.sigmas === sigmas && one.keep === keep)!;
  const [free, published, loose] = [at(null, 1), at(3, 0.99), at(3, 1)];
  const better = published.judged >= free.judged && published.spectrum <= free.spectrum, shrunk = published.judged >= loose.judged;
  return {
    title: 'What the range of the code is for',
    published: 'Without bounds an ascent leaves the codes that the generator has seen and its pictures look unnatural; within [0, mean + 3σ] of each component they look natural. A small L2 penalty on the code helps a little more (Nguyen et al. 2016, section 3 and its supplement).',
    method: [
      `All 24 answers of the demo network, ${ascentSteps} steps of DGN-AM from one seed, with the shipped generator: without bounds and with ${rectified ? '0 to mean + kσ' : 'mean − kσ to mean + kσ (its codes go below zero)'}, each with the code shrunk by 1 % a step (keep 0.99) and not.`,
      `A judge of another shape, trained on the same kind of pictures (right on ${judge.accuracy.map(percent).join(', ')} of shapes, textures and colours), says what it sees.`,
    ],
    columns: ['bounds', 'keep', 'reached ÷ natural', 'taken for it by the network', 'by the judge', 'spectrum'],
    rows: cases.map((one) => [named(one.sigmas), one.keep, one.reached.toFixed(2), percent(one.own), percent(one.judged), one.spectrum.toFixed(2)]),
    legend: 'reached ÷ natural: the answer to the 8-bit picture over the largest to 512 natural pictures, mean of the 24. Taken for it: the share of pictures whose largest answer to the question is the one that was asked for. Spectrum: distance from that of natural pictures, in decades; 0 is natural.',
    ours: [
      `Without bounds and shrinking, pictures reach ${free.reached.toFixed(2)} of the natural maximum, the judge sees what was asked for in ${percent(free.judged)} and spectra are ${free.spectrum.toFixed(2)} decades away; with ${named(3)} and keep 0.99 it is ${published.reached.toFixed(2)}, ${percent(published.judged)} and ${published.spectrum.toFixed(2)}. ${better ? 'The bounds make the pictures more natural, as published.' : 'By these measures the bounds do not make the pictures better in both ways.'}`,
      `Shrinking the code within ${named(3)} changes what the judge sees from ${percent(loose.judged)} to ${percent(published.judged)}${shrunk ? '' : ': no help here'}.`,
    ],
    agrees: better && shrunk ? 'yes' : better || shrunk ? 'in part' : 'no',
    sheet: cases.map((one) => ({ label: `bounds: ${named(one.sigmas)}, keep ${one.keep}`, pictures: one.pictures })),
    numbers: { judge: judge.accuracy, cases: cases.map(({ pictures: _pictures, ...rest }) => rest) },
  };
}

/** The same range with another k. */
export function boundedAt(range: Uint8Array, sigmas: number): Uint8Array {
  const found = JSON.parse(Buffer.from(range).toString()) as { readonly rectified: boolean; readonly mean: readonly number[]; readonly std: readonly number[] };
  const bound = (sign: number): number[] => found.mean.map((mean, i) => mean + sign * sigmas * found.std[i]!);
  return Buffer.from(JSON.stringify({ ...found, sigmas, lower: found.rectified ? found.mean.map(() => 0) : bound(-1), upper: bound(1) }));
}
