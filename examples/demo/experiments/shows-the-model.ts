import { pictureSize } from '../model.js';
import { createRandom, drawPicture, shapeNames } from '../pictures/index.js';
import { ascend } from './ascend.js';
import { alike, logitsFor, trainClassifier, verdict, type Labelled } from './classifier.js';
import { percent, type Context, type Findings } from './context.js';
import { generatorFor } from './generator-for.js';
import { modifications, type Modification } from './modifications.js';
import { meanOf } from './natural.js';

const classes = shapeNames.length;
const units = Array.from({ length: 2 * classes }, (_, unit) => unit);
const seeds = 2;
const generatorSteps = 1000;

/** Objects of warm colours alone: a picture with red and blue exchanged is then another thing. */
function warmPicture(seed: number, index: number): { readonly pixels: Uint8Array; readonly shape: number } {
  const random = createRandom(seed, index);
  const shape = random.below(classes);
  return { pixels: drawPicture(random, pictureSize, { shape: shapeNames[shape]!, colour: random.pick(['red', 'orange', 'yellow']) }).pixels, shape };
}

/** Normal pictures as classes 0 to 7, modified ones as 8 to 15. */
const both = (seed: number, { apply }: Modification): Labelled => (index) => {
  const { pixels, shape } = warmPicture(seed, index);
  return index % 2 === 0 ? { pixels, labels: [shape] } : { pixels: apply(pixels), labels: [classes + shape] };
};

/** Whether pictures by a generator show the network, or the generator's own idea of what is natural. */
export async function showsTheModel(context: Context): Promise<Findings> {
  const { runtime, threads, seed, effort, note } = context;
  const generator = await generatorFor(context, { code: 'pool4', pictures: (index) => warmPicture(8200, index).pixels, steps: generatorSteps });
  const cases = [];
  for (const modification of modifications) {
    note(`training on normal pictures and ${modification.name}`);
    const network = await trainClassifier(runtime, { architecture: alike, groups: [2 * classes], pictures: both(8300 + seed, modification), steps: Math.max(20, Math.round(800 * effort)), seed: seed + 3, threads });
    const line = thresholdOf(modification);
    const pictures: (readonly Uint8Array[])[] = [];
    for (let i = 0; i < seeds; i++) pictures.push(await ascend(context, { model: network.file, units, generator, seed: seed + i }));
    const all = pictures.flatMap((own) => own.map((pixels, unit) => ({ pixels, modified: unit >= classes })));
    const rows = await logitsFor(runtime, network.file, all.map(({ pixels }) => pixels), threads);
    const share = (modified: boolean, holds: (at: number) => boolean): number => meanOf(all.flatMap((one, at) => (one.modified === modified ? [Number(holds(at))] : [])));
    const seen = (at: number): boolean => line.isModified(all[at]!.pixels), believed = (at: number): boolean => verdict(rows[at]!, { start: 0, size: 2 * classes }) >= classes;
    cases.push({
      modification: modification.name, statistic: modification.statistic.name, accuracy: network.accuracy[0]!, tellsApart: line.accuracy,
      carried: share(true, seen), carriedByNormal: share(false, seen), believed: share(true, believed), believedOfNormal: share(false, believed), pictures: pictures[0]!,
    });
  }
  const [bgr, mosaic, blur] = cases.map((one) => ({ ...one, gain: one.carried - one.carriedByNormal })) as [typeof cases[number] & { gain: number }, typeof cases[number] & { gain: number }, typeof cases[number] & { gain: number }];
  const carried = bgr.gain > 0.25 && mosaic.gain > 0.25, hardest = blur.gain <= Math.min(bgr.gain, mosaic.gain);
  return {
    title: 'Does it show the model, or itself',
    published: 'A network was trained on normal and modified pictures as classes of their own (BGR, a mosaic of quarters, blur), the generator on normal ones only. Pictures for units of modified classes carried the modification for BGR and the mosaic; blur came through worst (Nguyen et al. 2016, section 3.4 and supplement).',
    method: [
      'Eight shapes in warm colours, each once normal and once modified, are the sixteen classes of a network, one network for each modification: red and blue exchanged, quarters of the picture exchanged diagonally, a Gaussian blur of 2.5 pixels.',
      `The generator (pool4 of the demo network, ${generatorSteps} steps of 16) has learned from normal pictures in warm colours alone; image error ${percent(generator.validation.image)}, feature error ${percent(generator.validation.feature)}. All sixteen units were shown from ${seeds} seeds.`,
      'Whether a picture carries the modification is decided by a number that no network computes, on the nearer side of the middle between its means over 256 natural pictures and over the same ones modified.',
    ],
    columns: ['modification', 'network right', 'number tells natural ones apart', 'modified units carry it', 'normal units carry it', 'network says modified, of modified units', 'of normal units'],
    rows: cases.map((one) => [one.modification, percent(one.accuracy), percent(one.tellsApart), percent(one.carried), percent(one.carriedByNormal), percent(one.believed), percent(one.believedOfNormal)]),
    legend: `Numbers: ${modifications.map(({ name, statistic }) => `${name}: ${statistic.name}`).join('; ')}. The last two columns are the visualised network’s own verdict on the 8-bit pictures.`,
    ours: [
      `Pictures for modified units carry it more often than those for normal ones by ${percent(bgr.gain)} (BGR), ${percent(mosaic.gain)} (mosaic) and ${percent(blur.gain)} (blur). ${carried ? 'BGR and the mosaic come through a generator that has never seen them, as published.' : 'BGR and the mosaic do not both come through here.'}`,
      hardest ? 'Blur is the hardest, as published.' : 'Blur is not the hardest here.',
    ],
    agrees: carried && hardest ? 'yes' : carried || hardest ? 'in part' : 'no',
    sheet: cases.map(({ modification, pictures }) => ({ label: `${modification}: eight normal units, then eight modified`, pictures })),
    numbers: { generator: generator.validation, cases: cases.map(({ pictures: _pictures, ...rest }) => rest) },
  };
}

/** The middle between a number's means over natural pictures and over the same ones modified, and how many of them it tells apart. */
function thresholdOf({ apply, statistic }: Modification): { readonly isModified: (pixels: Uint8Array) => boolean; readonly accuracy: number } {
  const normal = Array.from({ length: 256 }, (_, index) => warmPicture(8400, index).pixels);
  const [plain, changed] = [normal.map(statistic.of), normal.map((pixels) => statistic.of(apply(pixels)))];
  const middle = (meanOf(plain) + meanOf(changed)) / 2, above = meanOf(changed) > meanOf(plain);
  const beyond = (value: number): boolean => value > middle === above;
  return { isModified: (pixels) => beyond(statistic.of(pixels)), accuracy: meanOf([...plain.map((value) => Number(!beyond(value))), ...changed.map((value) => Number(beyond(value)))]) };
}
