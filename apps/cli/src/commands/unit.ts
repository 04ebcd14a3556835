import { resolve } from 'node:path';
import { isFormula } from '@neuron-atlas/objectives';
import { nearNames } from '@neuron-atlas/spec';
import type { SynthesisRow, UnitRow } from '@neuron-atlas/atlas';
import { defineCommand } from '../command.js';
import { errors } from '../errors.js';
import { halfBlocks } from '../half-blocks.js';
import { absoluteLocation } from '../location.js';
import { optionalText, text } from '../option.js';
import { counted } from '../quantity.js';
import { table } from '../table.js';

export const unit = defineCommand<{ atlas: string; unit: string | undefined; png: string | undefined }>({
  name: 'unit',
  summary: 'Show one unit of an atlas: scores, health, how it was made, and its picture in the terminal.',
  examples: ['unit atlas-demo conv1/12', 'unit s3://bucket/atlas conv1/12 --png unit.png'],
  options: {
    atlas: { argument: 'ATLAS', doc: 'A folder, or s3://bucket/prefix.', parse: text },
    unit: { argument: '[LAYER/INDEX]', doc: 'The unit; left out, the layers are listed.', parse: optionalText },
    png: { flag: '--png FILE', doc: 'Write the picture here, at full size.', parse: optionalText },
  },
  run: async ({ options, out, world, signal }) => {
    const url = absoluteLocation(options.atlas, world.cwd);
    const atlas = await world.openAtlas(url, signal);
    const layers = await atlas.layers();
    if (options.unit === undefined) {
      return out.document(layers, () => table(['layer', 'op', 'units', 'swept', 'healthy', 'dead', 'flagged'],
        layers.map((layer) => [layer.layer, layer.op, layer.units, layer.swept, layer.healthy, layer.dead, layer.flagged])));
    }
    const { layer, index } = parseUnit(options.unit, layers.map((row) => row.layer), options.atlas);
    const units = await atlas.units(layer);
    const row = units.find((candidate) => candidate.unit === index);
    if (row === undefined) throw errors.unknownUnit({ layer, unit: index, units: units.length });
    const pictures = await atlas.synthesis(layer, index);
    const best = bestOf(pictures, row);
    if (options.png !== undefined) {
      if (best?.image == null) throw errors.noPicture({ layer, unit: index });
      await world.writeFile(resolve(world.cwd, options.png), best.image);
    }
    const drawn = best?.image != null && out.colours && !out.json ? await halfBlocks(best.image, Math.min(64, out.columns), 32) : [];
    out.document({ ...row, pictures: pictures.map((picture) => ({ ...picture, provenance: provenanceOf(picture) })), ...(options.png === undefined ? {} : { png: options.png }) },
      () => [...lines(row, pictures), ...drawn]);
  },
});

/** `fire2/expand/12` is unit 12 of `fire2/expand`: what follows the last slash is the index. */
function parseUnit(written: string, layers: readonly string[], atlas: string): { layer: string; index: number } {
  const found = /^(.+)\/(\d{1,9})$/.exec(written);
  if (found === null) throw errors.badUnit({ unit: written });
  const layer = found[1] ?? '';
  if (!layers.includes(layer)) throw errors.unknownLayer({ layer, atlas, near: nearNames(layer, layers) });
  return { layer, index: Number(found[2]) };
}

/** The picture that the units table calls the best of its first view, else the first there is. */
function bestOf(pictures: readonly SynthesisRow[], row: UnitRow): SynthesisRow | undefined {
  const [first] = row.bestScores;
  return pictures.find((picture) => first !== undefined && picture.view === first.view && picture.seed === first.seed) ?? pictures[0];
}

function lines(row: UnitRow, pictures: readonly SynthesisRow[]): readonly string[] {
  return [
    `unit      ${row.layer}/${row.unit}`,
    `health    ${row.health.length === 0 ? 'healthy' : `${row.health.join(', ')}: ${row.reason}`}`,
    `pictures  ${counted(pictures.length, 'picture')}`,
    ...table(['view', 'prior', 'objective', 'seed', 'steps', 'start', 'score', 'size', 'health'], pictures.map((picture) => [
      picture.view, `${picture.prior}@${picture.priorVersion}`, objectiveOf(picture), picture.seed, picture.steps,
      Number(picture.scoreStart.toPrecision(4)), Number(picture.score.toPrecision(4)), `${picture.width}×${picture.height}`,
      picture.health.length === 0 ? 'healthy' : picture.health.join(', '),
    ])),
    ...qualityLines(row),
    ...pictures.slice(0, 1).map((picture) => `made by   ${picture.provenance}`),
  ];
}

/** A formula has no version of its own: those of its objectives stand in the provenance. */
const objectiveOf = ({ objective, objectiveVersion }: SynthesisRow): string => (isFormula(objective) ? objective : `${objective}@${objectiveVersion}`);

function qualityLines({ interpretability, distinctness, viewQuality, pictureQuality }: UnitRow): readonly string[] {
  if (pictureQuality === null) return [];
  const share = (value: number | null | undefined): string => (value == null ? '–' : `${Math.round(100 * value)} %`);
  const figure = (value: number | null): string | number => (value === null ? '–' : Number(value.toPrecision(3)));
  return [
    `quality   interpretability ${share(interpretability)}, distinctness ${share(distinctness)} (chance is 50 %)`,
    ...table(['view', 'seed', 'reached ÷ natural', 'rank', 'natural path', 'spectrum', 'explains', 'distinguishes', 'seeds agree'], pictureQuality.map((one) => {
      const of = viewQuality?.find(({ view }) => view === one.view);
      return [
        one.view, one.seed, figure(one.overNatural), one.rank === null || one.rankOf === null ? '–' : `${one.rank} of ${one.rankOf}`,
        figure(one.pathNaturalness), figure(one.spectrumDistance), share(of?.explains), share(of?.distinguishes), share(of?.seedAgreement),
      ];
    })),
  ];
}

function provenanceOf(picture: SynthesisRow): unknown {
  try {
    return JSON.parse(picture.provenance) as unknown;
  } catch {
    return picture.provenance; // written by another version in other words: shown as it is
  }
}
