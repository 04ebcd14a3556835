import { classNames } from '../model.js';
import { ascend, shippedRate } from './ascend.js';
import { alike, logitsFor, trainClassifier, unlike, type Architecture } from './classifier.js';
import { closeUps } from './close-ups.js';
import { percent, type Context, type Findings } from './context.js';
import { demoPictures, groupSizes, largest, meanOf, naturalPictures, takenFor, trainJudge } from './natural.js';

interface Case { readonly name: string; readonly architecture: Architecture | undefined; readonly data: 'demo' | 'close-ups' }
const cases: readonly Case[] = [
  { name: 'the encoder itself', architecture: undefined, data: 'demo' },
  { name: 'alike, its data', architecture: alike, data: 'demo' },
  { name: 'unlike, its data', architecture: unlike, data: 'demo' },
  { name: 'alike, other data', architecture: alike, data: 'close-ups' },
  { name: 'unlike, other data', architecture: unlike, data: 'close-ups' },
];
const textureStart = groupSizes[0]!;

/** How far a generator goes for networks that it was not trained on, of other data and of other shapes. */
export async function otherNetworks(context: Context): Promise<Findings> {
  const { runtime, threads, model, generator, seed, effort, note } = context;
  const judge = await trainJudge({ ...context, seed: seed + 10 });
  const natural = naturalPictures().map(({ pixels }) => pixels), near = Array.from({ length: 512 }, (_, i) => closeUps(8100)(i).pixels);
  const found = [];
  for (const { name, architecture, data } of cases) {
    const groups = data === 'demo' ? groupSizes : [8, 8];
    note(`training: ${name}`);
    const own = architecture === undefined ? undefined : await trainClassifier(runtime, {
      architecture, groups, pictures: data === 'demo' ? demoPictures(7500 + seed) : closeUps(8000 + seed), steps: Math.max(20, Math.round(800 * effort)), seed: seed + 2, threads,
    });
    const file = own?.file ?? model;
    const units = Array.from({ length: groups.reduce((a, b) => a + b, 0) }, (_, unit) => unit);
    const pictures = await ascend(context, { model: file, units, generator, learningRate: shippedRate, seed });
    const rows = await logitsFor(runtime, file, pictures, threads), others = await logitsFor(runtime, judge.file, pictures, threads);
    const highest = largest(await logitsFor(runtime, file, data === 'demo' ? natural : near, threads));
    // The demo's questions in their order: close-ups ask the last two of them.
    const asked = units.map((unit) => (data === 'demo' ? unit : textureStart + unit));
    found.push({
      name, data, accuracy: own?.accuracy ?? null, pictures, classes: asked.map((unit) => classNames[unit]!),
      reached: meanOf(units.map((unit) => rows[unit]![unit]! / highest[unit]!)),
      judged: meanOf(asked.map((unit, i) => Number(takenFor(others[i]!, unit)))),
      // Texture and colour alone, which all five are asked.
      judgedShared: meanOf(asked.flatMap((unit, i) => (unit < textureStart ? [] : [Number(takenFor(others[i]!, unit))]))),
    });
  }
  const [itself, alikeOwn, unlikeOwn, alikeOther, unlikeOther] = found as [typeof found[number], typeof found[number], typeof found[number], typeof found[number], typeof found[number]];
  const tolerance = 0.13; // two of the sixteen shared answers
  const data = alikeOther.judgedShared >= alikeOwn.judgedShared - tolerance, shape = unlikeOwn.judgedShared <= itself.judgedShared;
  return {
    title: 'Networks of other data and of other shapes',
    published: 'A generator trained on one network’s code of ImageNet shows the units of a network of the same shape trained on other pictures (MIT Places) about as well; for networks of other shapes (GoogLeNet, ResNet) it works, and pictures are of lower quality (Nguyen et al. 2016, section 3.3 and supplement).',
    method: [
      'The shipped generator, made for the demo network’s conv4, shows every answer of five networks: the demo network, one alike and one unlike it (4 × 4 patches, other pools and activation), each trained on the demo’s pictures, and both trained on close-ups, which are all texture.',
      `A judge that is none of them (right on ${judge.accuracy.map(percent).join(', ')} of shapes, textures and colours) says what it sees.`,
    ],
    columns: ['visualised network', 'it is right on', 'reached ÷ natural', 'taken for it by the judge', 'texture and colour alone'],
    rows: found.map((one) => [one.name, one.accuracy === null ? '–' : one.accuracy.map(percent).join(', '), one.reached.toFixed(2), percent(one.judged), percent(one.judgedShared)]),
    legend: 'Right on: its questions in their order, on new pictures. Reached ÷ natural: the answer to the 8-bit picture over the largest to 512 pictures of its own data, mean over its answers. Close-ups ask no shape: the last column compares what all are asked.',
    ours: [
      `Of texture and colour the judge sees what was asked for in ${percent(alikeOwn.judgedShared)} of the pictures for the network alike on the same data, and in ${percent(alikeOther.judgedShared)} for the one on other data: ${data ? 'about as well, as published' : 'worse, which was not published'}.`,
      `For the unlike network on the same data it is ${percent(unlikeOwn.judgedShared)}, for the encoder itself ${percent(itself.judgedShared)} (unlike and other data: ${percent(unlikeOther.judgedShared)}): ${shape ? 'another shape costs quality or keeps it, as published' : 'another shape costs nothing here'}.`,
    ],
    agrees: data && shape ? 'yes' : data || shape ? 'in part' : 'no',
    sheet: found.map(({ name, data: kind, pictures }) => ({ label: name, pictures: kind === 'demo' ? pictures : [...Array.from({ length: textureStart }, () => new Uint8Array()), ...pictures] })),
    numbers: { judge: judge.accuracy, cases: found.map(({ pictures: _pictures, ...rest }) => rest) },
  };
}
