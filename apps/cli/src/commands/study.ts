import { join, resolve } from 'node:path';
import { upgradeOpset } from '@neuron-atlas/onnx';
import { nearNames } from '@neuron-atlas/spec';
import { defineCommand } from '../command.js';
import { errors } from '../errors.js';
import { loadPlan } from '../load-plan.js';
import { optionalText, text, wholeNumber, WrongValue } from '../option.js';
import { counted } from '../quantity.js';
import { table } from '../table.js';
import { canvasPage, findings, pictureName } from '../study/canvas-page.js';
import { canvasSheet, casePicture } from '../study/canvas-sheet.js';
import { canvasRows, studyCanvas, type CanvasCase } from '../study/canvas-study.js';

export const study = defineCommand<{ topic: string; spec: string; unit: string; out: string; sizes: readonly number[] | undefined; steps: number | undefined; seed: number; model: string | undefined }>({
  name: 'study',
  summary: 'Study one unit; `canvas`: its picture on several canvas sizes and with several borders, down to none on a torus.',
  examples: ['study canvas examples/demo/sweep.yaml conv4/12 --out canvas', 'study canvas sweep.yaml conv4/12 --out canvas --sizes 64,128 --steps 32'],
  options: {
    topic: { argument: 'TOPIC', doc: '`canvas`.', parse: topic },
    spec: { argument: 'SPEC', doc: 'A sweep spec: its model, and the prior, steps and learning rate of its first synthesis view.', parse: text },
    unit: { argument: 'LAYER/INDEX', doc: 'The unit.', parse: text },
    out: { flag: '--out FOLDER', doc: 'Where to write the page canvas.md, canvas.json, the sheet and the pictures.', parse: text },
    sizes: { flag: '--sizes LIST', doc: 'Sides of the canvas in pixels, with commas (default: 1, 1.5, 2 and 3 receptive fields).', parse: sizeList },
    steps: { flag: '--steps N', doc: 'Steps of an ascent (default: those of the view).', parse: wholeNumber(1, 100_000, undefined) },
    seed: { flag: '--seed N', doc: 'Seed of the starting pictures (default: 0).', parse: wholeNumber(0, 2 ** 31 - 1, 0) },
    model: { flag: '--model FILE', doc: 'Another model than that of the spec.', parse: optionalText },
  },
  run: async ({ options, out, world, signal }) => {
    const { plan, model } = await loadPlan(world, { spec: options.spec, model: options.model }, signal);
    const found = /^(.+)\/(\d{1,9})$/.exec(options.unit);
    if (found === null) throw errors.badUnit({ unit: options.unit });
    const [, name, index] = found as unknown as [string, string, string];
    const layer = plan.layers.find(({ id }) => id === name);
    if (layer === undefined) throw errors.unknownLayer({ layer: name, atlas: options.spec, near: nearNames(name, plan.layers.map(({ id }) => id)) });
    if (Number(index) >= layer.units) throw errors.unknownUnit({ layer: name, unit: Number(index), units: layer.units });
    const [view] = plan.spec.views.synthesis;
    const folder = resolve(world.cwd, options.out);
    let done = 0;
    const result = await studyCanvas({
      model: upgradeOpset(model.model), modelSha256: plan.modelSha256, input: plan.input, preprocess: plan.spec.model.preprocess,
      layer, unit: Number(index), view: { ...view!, steps: options.steps ?? view!.steps }, sizes: options.sizes, seed: options.seed,
    }, await world.openRuntime(), (one, of) => out.note(`${++done} of ${of}: ${one.objective}, borders ${one.borders}, ${one.size} pixels`), signal);

    for (const one of result.cases) await world.writeFile(join(folder, pictureName(one)), await casePicture(one));
    await world.writeFile(join(folder, 'sheet.png'), await canvasSheet(result.cases, result.sizes, canvasRows));
    const document = { unit: options.unit, model: plan.modelName, modelSha256: plan.modelSha256, window: result.window, steps: options.steps ?? view!.steps, seed: options.seed, prior: view!.prior, cases: result.cases.map(withoutImage) };
    await world.writeFile(join(folder, 'canvas.json'), Buffer.from(`${JSON.stringify(document, null, 2)}\n`));
    await world.writeFile(join(folder, 'canvas.md'), Buffer.from(canvasPage(options.unit, plan.modelName, result)));
    out.document(document, () => [
      ...table(['for', 'borders', 'canvas', 'score', 'copies', 'apart', 'likeness', 'inside', 'border'], result.cases.map((one) => [
        one.objective === 'neuron' ? 'one place' : 'all places', one.borders, one.size, one.score.toPrecision(4), one.copies.count, one.copies.spacing?.toFixed(0) ?? '', one.period?.correlation.toFixed(2) ?? '',
        one.interior?.toPrecision(3) ?? '', one.border?.toPrecision(3) ?? '',
      ])),
      '', ...findings(result.cases, result.sizes, Math.max(...result.window.size)).map((line) => line.replaceAll('**', '')),
      '', `${counted(result.cases.length, 'picture')} in ${folder}; begin with canvas.md`,
    ]);
  },
});

function topic(raw: string | undefined): string {
  if (raw !== 'canvas') throw new WrongValue(`is "${raw ?? ''}", expected canvas`);
  return raw;
}

function sizeList(raw: string | undefined): readonly number[] | undefined {
  if (raw === undefined) return undefined;
  const sizes = raw.split(',').map((part) => (/^\d{1,4}$/.test(part) ? Number(part) : 0));
  if (sizes.some((size) => size < 8 || size > 2048)) throw new WrongValue(`is "${raw}", expected whole numbers from 8 to 2048, with commas`);
  return [...new Set(sizes)].sort((a, b) => a - b);
}

const withoutImage = ({ image: _image, ...rest }: CanvasCase): Omit<CanvasCase, 'image'> => rest;
