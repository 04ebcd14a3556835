import { randomStream } from '@neuron-atlas/synthesis';
import { pictureSize } from '../model.js';
import { colourNames, createRandom, drawPicture, shapeNames } from '../pictures/index.js';
import { ascend, shippedRate } from './ascend.js';
import { alike, logitsFor, trainClassifier, verdict, type Labelled } from './classifier.js';
import { percent, type Context, type Findings } from './context.js';
import { groupSizes, largest, meanOf, meanSpectrumDistance, naturalPictures } from './natural.js';

/** Kinds of object, a shape in a colour, that each class is made of. */
const kindsOf: readonly number[] = [1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8];
const varieties = [1, 2, 4, 8];
const units = kindsOf.map((_, unit) => unit);
const seeds = 2;
const kinds = shapeNames.length * colourNames.length;

/** How pictures fare as what belongs to a class is of more and more kinds. */
export async function variety(context: Context): Promise<Findings> {
  const { runtime, threads, model, generator, seed, effort, note } = context;
  const members = drawMembers(seed);
  const pictures: Labelled = (index) => {
    const random = createRandom(8500 + seed, index);
    const label = random.below(kindsOf.length), kind = random.pick(members[label]!);
    return { pixels: drawPicture(random, pictureSize, { shape: shapeNames[Math.floor(kind / colourNames.length)]!, colour: colourNames[kind % colourNames.length]! }).pixels, labels: [label] };
  };
  note('training a network with classes of 1, 2, 4 and 8 kinds');
  const network = await trainClassifier(runtime, { architecture: alike, groups: [kindsOf.length], pictures, steps: Math.max(20, Math.round(1200 * effort)), seed: seed + 4, threads });
  const natural = Array.from({ length: 768 }, (_, index) => pictures(10_000_000 + index).pixels);
  const highest = largest(await logitsFor(runtime, network.file, natural, threads));
  const made: { readonly unit: number; readonly pixels: Uint8Array }[] = [];
  for (let i = 0; i < seeds; i++) made.push(...(await ascend(context, { model: network.file, units, generator, learningRate: shippedRate, seed: seed + i })).map((pixels, unit) => ({ unit, pixels })));
  const rows = await logitsFor(runtime, network.file, made.map(({ pixels }) => pixels), threads), others = await logitsFor(runtime, model, made.map(({ pixels }) => pixels), threads);
  const plain = naturalPictures().map(({ pixels }) => pixels);
  const cases = varieties.map((count) => {
    const own = made.flatMap(({ unit }, at) => (kindsOf[unit] === count ? [at] : []));
    const seen = own.map((at) => judgement(others[at]!));
    return {
      kinds: count, pictures: own.length, reached: meanOf(own.map((at) => rows[at]![made[at]!.unit]! / highest[made[at]!.unit]!)),
      member: meanOf(own.map((at, i) => Number(members[made[at]!.unit]!.includes(seen[i]!.kind)))), chance: count / kinds,
      clarity: meanOf(seen.map(({ clarity }) => clarity)), spectrum: meanSpectrumDistance(own.map((at) => made[at]!.pixels), plain),
    };
  });
  const [few, many] = [cases[0]!, cases.at(-1)!];
  const falls = many.clarity < few.clarity, recognised = many.member < few.member;
  return {
    title: 'Classes without one typical look',
    published: 'Pictures for classes whose examples vary little are recognisable; the more a class’s pictures vary (“uncanonical” ones), the worse is the picture made for it (Nguyen et al. 2016, supplement on failures).',
    method: [
      `Fifteen classes of a network (right on ${percent(network.accuracy[0]!)}) are made of 1, 2, 4 or 8 kinds of objects, a kind being a shape in a colour, drawn at random, each class shown equally often in training. The shipped generator shows every class from ${seeds} seeds.`,
      'The demo network, which is right on 98 % of shapes and 100 % of colours and is not the one that is shown, names a shape and a colour in each picture.',
    ],
    columns: ['kinds in the class', 'reached ÷ natural', 'named: one of its kinds', 'by chance', 'certainty', 'spectrum'],
    rows: cases.map((one) => [one.kinds, one.reached.toFixed(2), percent(one.member), percent(one.chance), one.clarity.toFixed(2), one.spectrum.toFixed(2)]),
    legend: 'Reached ÷ natural: the answer to the 8-bit picture over the largest to 768 natural pictures. Certainty: the product of the demo network’s largest shares for shape and colour, however right. Spectrum: distance from natural pictures’, in decades.',
    ours: [
      `From 1 to 8 kinds its certainty goes from ${few.clarity.toFixed(2)} to ${many.clarity.toFixed(2)}: ${falls ? 'it falls, as published' : 'it does not fall here'}.`,
      `One of the class’s kinds is named in ${percent(few.member)} and ${percent(many.member)}, though chance alone rises from ${percent(few.chance)} to ${percent(many.chance)}: ${recognised ? 'what is shown belongs to the class less often, as published' : 'with more kinds there is more to hit, and it does not fall'}.`,
    ],
    agrees: falls && recognised ? 'yes' : falls || recognised ? 'in part' : 'no',
    sheet: varieties.map((count) => ({ label: `${count} kinds`, pictures: made.flatMap(({ unit, pixels }) => (kindsOf[unit] === count ? [pixels] : [])) })),
    numbers: { network: network.accuracy, cases },
  };
}

/** Which kinds belong to each class: no kind to two. */
function drawMembers(seed: number): readonly (readonly number[])[] {
  const { below } = randomStream(seed, 'members');
  const left = Array.from({ length: kinds }, (_, kind) => kind);
  return kindsOf.map((count) => Array.from({ length: count }, () => left.splice(below(left.length), 1)[0]!));
}

/** The kind that the demo network names, and how sure it is. */
function judgement(row: Float32Array): { readonly kind: number; readonly clarity: number } {
  const groups = [{ start: 0, size: groupSizes[0]! }, { start: groupSizes[0]! + groupSizes[1]!, size: groupSizes[2]! }];
  const [shape, colour] = groups.map((group) => verdict(row, group)) as [number, number];
  const shares = groups.map(({ start, size }) => {
    const logits = Array.from(row.subarray(start, start + size)), top = Math.max(...logits);
    return 1 / logits.reduce((sum, value) => sum + Math.exp(value - top), 0);
  });
  return { kind: shape * colourNames.length + colour, clarity: shares[0]! * shares[1]! };
}
