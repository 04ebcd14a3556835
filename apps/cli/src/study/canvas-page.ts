import type { CanvasCase, CanvasStudy } from './canvas-study.js';

/** From this correlation with itself on a picture is said to repeat one motif. */
const wallpaper = 0.3;

const words = {
  model: "the model's own padding", reflect: 'the map mirrored', replicate: 'the last row or column again', torus: 'a torus: the other side, no border at all',
} as const;

export const pictureName = ({ objective, borders, size }: Pick<CanvasCase, 'objective' | 'borders' | 'size'>): string => `${objective}-${borders}-${size}.png`;

/** A study as Markdown: what was asked, the pictures, what was measured, and what follows from it. */
export function canvasPage(unit: string, model: string, { window, sizes, cases }: CanvasStudy): string {
  const rows = cases.filter(({ size }) => size === sizes[0]);
  return [
    `# The canvas of ${unit} of ${model}`, '',
    `A place of this layer sees ${window.size.join(' × ')} pixels; the next place sees ${window.stride.join(' × ')} further on.`, '',
    `| beyond the borders | ${sizes.map((size) => `${size} × ${size}`).join(' | ')} |`, `|---|${sizes.map(() => '---|').join('')}`,
    ...rows.map(({ objective, borders }) => `| ${objective === 'neuron' ? 'one place in the middle; ' : 'all places; '}${words[borders]} | ${sizes.map((size) => `![${unit}, ${objective}, ${borders}, ${size}](${pictureName({ objective, borders, size })})`).join(' | ')} |`),
    '', '| pictures for | borders | canvas | copies | apart | likeness | activation inside | at the border | border ÷ inside |', '|---|---|---|---|---|---|---|---|---|',
    ...cases.map((one) => `| ${one.objective === 'neuron' ? 'one place' : 'all places'} | ${one.borders} | ${one.size} | ${one.copies.count} | ${apart(one)} | ${likeness(one)} | ${number(one.interior)} | ${number(one.border)} | ${ratio(one)} |`),
    '', '## What this says', '', ...findings(cases, sizes, Math.max(...window.size)).map((line) => `* ${line}`), '',
    '`copies`: separate regions in which the unit answers with at least half of its largest activation; `apart`: the median way from one to the next, in pixels. '
    + '`likeness`: the largest correlation of the picture with itself, moved beyond its first blur, and by how many pixels; 1 would be wallpaper. '
    + 'A place is inside if it sees no border of the canvas.', '',
  ].join('\n');
}

/** Answers to the three questions, from the numbers of this study. */
export function findings(cases: readonly CanvasCase[], sizes: readonly number[], field: number): readonly string[] {
  const size = sizes.at(-1)!;
  const of = (objective: CanvasCase['objective'], borders: CanvasCase['borders'], side = size): CanvasCase => cases.find((one) => one.size === side && one.objective === objective && one.borders === borders)!;
  const [many, one, torus] = [of('channel', 'model'), of('neuron', 'model'), of('channel', 'torus')];
  const grown = sizes.map((side) => `${of('channel', 'model', side).copies.count} on ${side}`).join(', ');
  const lines = [
    `**Why is it there several times?** Rewarded at all places, the unit answers ${times(many)} on ${size} pixels${many.copies.spacing === null ? '' : `, ${apart(many)} pixels apart, where one place sees ${field}`} (${grown}); `
    + `rewarded at one place, ${times(one)}. ${many.copies.count > one.copies.count ? 'The copies come from the question: every place is paid for, and the larger the canvas, the more there are.' : 'On these canvases the question makes no difference.'}`,
    `**Are the repeats real?** On a torus, where there is no border, it answers ${times(torus)}${torus.copies.spacing === null ? '' : `, ${apart(torus)} pixels apart`}: borders ${torus.copies.count > 1 === many.copies.count > 1 ? 'are not what makes them' : 'have a part in it'}. `
    + `Moved, the picture is like itself to ${(many.period?.correlation ?? 0).toFixed(2)}${(many.period?.correlation ?? 0) < wallpaper ? ': the copies are variations, and no wallpaper of one motif' : ': it repeats one motif like a wallpaper'}.`,
  ];
  const measured = cases.filter((each) => each.objective === 'channel' && each.size === size && each.interior !== null && each.border !== null && each.interior > 0);
  lines.push(measured.length === 0 ? '**Do borders matter?** On these canvases every place sees a border, or none answers inside.'
    : `**Do borders matter?** A place at the border answers with ${measured.map((each) => `${ratio(each)} (${each.borders})`).join(', ')} times what a place inside does, on ${size} pixels. On the torus there is no border: there the same places differ by chance alone.`);
  return lines;
}

const times = ({ copies: { count } }: CanvasCase): string => (count === 1 ? 'once' : `${count} times`);
const apart = ({ copies: { spacing } }: CanvasCase): string => (spacing === null ? '–' : spacing.toFixed(0));
const likeness = ({ period }: CanvasCase): string => (period === null ? '–' : `${period.correlation.toFixed(2)} at ${period.distance.toFixed(0)}`);
const number = (value: number | null): string => (value === null ? '–' : value.toPrecision(3));
const ratio = ({ interior, border }: CanvasCase): string => (interior === null || border === null || interior === 0 ? '–' : (border / interior).toFixed(2));
