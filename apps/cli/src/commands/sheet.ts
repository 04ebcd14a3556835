import { resolve } from 'node:path';
import { nearNames } from '@neuron-atlas/spec';
import { defineCommand } from '../command.js';
import { errors } from '../errors.js';
import { absoluteLocation } from '../location.js';
import { optionalText, text, wholeNumber } from '../option.js';
import { counted } from '../quantity.js';
import { layerSheet, writeSheets } from '../write-sheets.js';

export const sheet = defineCommand<{ atlas: string; layer: string | undefined; layers: string | undefined; out: string; tile: number; across: number | undefined }>({
  name: 'sheet',
  summary: 'Write a contact sheet: the pictures of all units of a layer in one PNG.',
  examples: ['sheet atlas-demo conv1 --out conv1.png', 'sheet atlas-demo --layers all --out sheets'],
  options: {
    atlas: { argument: 'ATLAS', doc: 'A folder, or s3://bucket/prefix.', parse: text },
    layer: { argument: '[LAYER]', doc: 'The layer; with --layers all, a sheet of each.', parse: optionalText },
    layers: { flag: '--layers NAME', doc: '`all`: a sheet of every layer, into the folder --out.', parse: optionalText },
    out: { flag: '--out FILE', doc: 'Where to write: a PNG file, or a folder with --layers all.', parse: text },
    tile: { flag: '--tile N', doc: 'Side of a picture on the sheet in pixels (default: 64).', parse: wholeNumber(8, 1024, 64) },
    across: { flag: '--across N', doc: 'Pictures in a row (default: about square).', parse: wholeNumber(1, 1024, undefined) },
  },
  run: async ({ options, out, world, signal }) => {
    const url = absoluteLocation(options.atlas, world.cwd);
    const target = resolve(world.cwd, options.out);
    if (options.layers !== undefined && options.layers !== 'all') throw errors.usage({ problem: `--layers is "${options.layers}", expected all`, command: 'sheet' });
    if ((options.layer === undefined) === (options.layers === undefined)) {
      throw errors.usage({ problem: 'give either LAYER or --layers all', command: 'sheet' });
    }
    if (options.layer === undefined) {
      const sheets = await writeSheets(world, { atlas: url, folder: target, tile: options.tile, skipExisting: false }, signal);
      return out.document(sheets, () => [...sheets.map((made) => made.file), counted(sheets.length, 'sheet')]);
    }
    const atlas = await world.openAtlas(url, signal);
    const names = (await atlas.layers()).map((layer) => layer.layer);
    if (!names.includes(options.layer)) throw errors.unknownLayer({ layer: options.layer, atlas: options.atlas, near: nearNames(options.layer, names) });
    await world.writeFile(target, await layerSheet(atlas, options.layer, { tile: options.tile, across: options.across }));
    out.document({ layer: options.layer, file: target }, () => [target]);
  },
});
