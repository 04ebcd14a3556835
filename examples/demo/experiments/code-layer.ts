import { classNames, pictureSize } from '../model.js';
import { pictureAt } from '../pictures/index.js';
import { ascend, ascentSteps } from './ascend.js';
import { logitsFor } from './classifier.js';
import { percent, type Context, type Findings } from './context.js';
import { generatorFor } from './generator-for.js';
import { largest, meanOf, naturalPictures, takenFor, trainJudge } from './natural.js';
import { repetition } from './repetition.js';

/** Layers of the demo network from early to late, and what their codes look like. */
const codes = [{ code: 'pool2', shape: '48 × 16 × 16' }, { code: 'pool4', shape: '64 × 8 × 8' }, { code: 'relu6', shape: '96 × 8 × 8' }, { code: 'mean', shape: '96' }] as const;
const generatorSteps = 600;
const units = classNames.map((_, unit) => unit);

/** What becomes of the pictures when the generator inverts an early or a late layer of the encoder. */
export async function codeLayer(context: Context): Promise<Findings> {
  const { runtime, threads, model, seed, note } = context;
  const judge = await trainJudge(context);
  const natural = naturalPictures().map(({ pixels }) => pixels);
  const highest = largest(await logitsFor(runtime, model, natural, threads));
  const ofNatural = meanOf(natural.map(repetition));
  const cases = [];
  for (const { code, shape } of codes) {
    const { validation, ...generator } = await generatorFor(context, { code, pictures: (index) => pictureAt(2000, index, pictureSize).pixels, steps: generatorSteps });
    note(`pictures from ${code}`);
    const pictures = await ascend(context, { model, units, generator, seed });
    const own = await logitsFor(runtime, model, pictures, threads), others = await logitsFor(runtime, judge.file, pictures, threads);
    cases.push({
      code, shape, validation, pictures, reached: meanOf(units.map((unit) => own[unit]![unit]! / highest[unit]!)),
      judged: meanOf(units.map((unit) => Number(takenFor(others[unit]!, unit)))), repetition: meanOf(pictures.map(repetition)),
    });
  }
  const [early, late] = [cases[0]!, cases.filter(({ code }) => code !== 'pool2').reduce((a, b) => (a.judged >= b.judged ? a : b))];
  const structure = late.judged > early.judged, fragments = early.repetition > cases.at(-1)!.repetition;
  return {
    title: 'Which layer the code is of',
    published: 'Generators that invert early, convolutional layers make pictures of repeated fragments; those that invert late, fully connected layers make ones with an overall structure, and fc6 was the best of all (Nguyen et al. 2016, supplement on the choice of the code).',
    method: [
      `A generator for each of four layers of the demo network, the same short training each (${generatorSteps} steps of 16 pictures, 4,000 of the demo’s own pictures); with each of them all 24 answers by ${ascentSteps} steps of DGN-AM.`,
      `A judge of another shape (right on ${judge.accuracy.map(percent).join(', ')} of shapes, textures and colours) says what it sees.`,
    ],
    columns: ['code', 'its shape', 'image error', 'feature error', 'reached ÷ natural', 'taken for it by the judge', 'repetition'],
    rows: cases.map((one) => [one.code, one.shape, percent(one.validation.image), percent(one.validation.feature), one.reached.toFixed(2), percent(one.judged), one.repetition.toFixed(2)]),
    legend: `Errors: of reconstructions, as shares of the variance. Reached ÷ natural: the answer to the 8-bit picture over the largest to 512 natural pictures, mean of the 24. Repetition: the largest correlation of a picture’s light with itself, moved by 10 to 32 pixels; ${ofNatural.toFixed(2)} on natural pictures.`,
    ours: [
      `From ${early.code} the judge sees what was asked for in ${percent(early.judged)} of the pictures, from ${late.code} in ${percent(late.judged)}: ${structure ? 'a later code gives more of the whole, as published' : 'a later code does not give more of what was asked for here'}.`,
      `Pictures repeat themselves to ${cases.map((one) => `${one.repetition.toFixed(2)} (${one.code})`).join(', ')}: ${fragments ? 'the early code’s are the more repetitive, as published' : 'the early code’s are not the more repetitive here'}.`,
    ],
    agrees: structure && fragments ? 'yes' : structure || fragments ? 'in part' : 'no',
    sheet: cases.map(({ code, pictures }) => ({ label: code, pictures })),
    numbers: { judge: judge.accuracy, naturalRepetition: ofNatural, cases: cases.map(({ pictures: _pictures, ...rest }) => rest) },
  };
}
