import { compareUnits, type UnitPair } from '@neuron-atlas/atlas';
import { defineCommand } from '../command.js';
import { absoluteLocation } from '../location.js';
import { text, wholeNumber } from '../option.js';
import { counted } from '../quantity.js';
import { table } from '../table.js';

/** A change of score that is worth a line: seeds and devices alone make a few per cent. */
const worthSaying = 0.2;

export const diff = defineCommand<{ one: string; two: string; top: number }>({
  name: 'diff',
  summary: 'Hold two atlases side by side: layers in both, and their units by how much they changed.',
  examples: ['diff atlas-demo atlas-other', 'diff atlas-demo atlas-other --top 50 --json'],
  options: {
    one: { argument: 'ATLAS', doc: 'Folder or s3://bucket/prefix of the first atlas.', parse: text },
    two: { argument: 'OTHER', doc: 'The second one.', parse: text },
    top: { flag: '--top N', doc: 'Units listed, the most changed of all layers (default: 20).', parse: wholeNumber(0, 100_000, 20) },
  },
  run: async ({ options, out, world, signal }) => {
    const [one, two] = await Promise.all([options.one, options.two].map((written) => world.openAtlas(absoluteLocation(written, world.cwd), signal)));
    const [ones, twos] = await Promise.all([one!.layers(), two!.layers()]);
    const names = new Set(twos.map(({ layer }) => layer));
    const pairs: (UnitPair & { readonly layer: string })[] = [];
    const layers: { readonly layer: string; readonly units: number; readonly changed: number; readonly health: number; readonly mean: number | null }[] = [];
    for (const { layer } of ones.filter((row) => names.has(row.layer))) {
      signal.throwIfAborted();
      const of = compareUnits(await one!.units(layer), await two!.units(layer));
      pairs.push(...of.map((pair) => ({ ...pair, layer })));
      const changes = of.flatMap(({ change }) => change ?? []);
      layers.push({
        layer, units: of.length, changed: changes.filter((change) => change > worthSaying).length, health: of.filter(({ flags }) => flags.length > 0).length,
        mean: changes.length === 0 ? null : changes.reduce((sum, change) => sum + change, 0) / changes.length,
      });
    }
    const only = { first: ones.filter(({ layer }) => !names.has(layer)).map(({ layer }) => layer), second: [...names].filter((layer) => !ones.some((row) => row.layer === layer)) };
    const most = pairs.sort((a, b) => b.flags.length - a.flags.length || (b.change ?? -1) - (a.change ?? -1)).slice(0, options.top);
    const percent = (value: number | null): string => (value === null ? '–' : `${Math.round(100 * value)} %`);
    out.document({
      sameModel: one!.manifest.model.sha256 === two!.manifest.model.sha256, layers, only,
      units: most.map(({ layer, unit, one: a, two: b, change, flags }) => ({ layer, unit, scores: [a.score, b.score], change, flags })),
    }, () => [
      one!.manifest.model.sha256 === two!.manifest.model.sha256 ? 'the same model' : 'two models',
      ...(only.first.length > 0 ? [`only in the first: ${only.first.join(', ')}`] : []),
      ...(only.second.length > 0 ? [`only in the second: ${only.second.join(', ')}`] : []),
      '',
      ...table(['layer', 'units', 'mean change', `above ${100 * worthSaying} %`, 'health'], layers.map((row) => [row.layer, row.units, percent(row.mean), row.changed, row.health])),
      '',
      ...(most.length === 0 ? [] : [`the ${counted(most.length, 'unit')} that changed most:`]),
      ...table(['unit', 'first', 'second', 'change', 'only in one'], most.map(({ layer, unit, one: a, two: b, change, flags }) => [
        `${layer}/${unit}`, a.score === null ? '–' : Number(a.score.toPrecision(4)), b.score === null ? '–' : Number(b.score.toPrecision(4)), percent(change), flags.join(', '),
      ])),
    ]);
  },
});
