import { join, resolve } from 'node:path';
import type { SynthesisRow, UnitRow } from '@neuron-atlas/atlas';
import type { AtlasReader } from '../atlas-reader.js';
import { defineCommand } from '../command.js';
import { absoluteLocation } from '../location.js';
import { isGiven, text, WrongValue } from '../option.js';
import type { World } from '../world.js';

const formats = ['png', 'csv', 'huggingface'] as const;
type Format = (typeof formats)[number];

export const exportPictures = defineCommand<{ atlas: string; out: string; format: Format; huggingface: boolean }>({
  name: 'export',
  summary: 'Copy an atlas into plain files: pictures as PNG, its tables as CSV, or a folder that Hugging Face `datasets` loads.',
  examples: ['export atlas-demo pictures', 'export atlas-demo tables --format csv', 'export atlas-demo dataset --format huggingface'],
  options: {
    atlas: { argument: 'ATLAS', doc: 'Folder or s3://bucket/prefix of an atlas.', parse: text },
    out: { argument: 'FOLDER', doc: 'Where the files go.', parse: text },
    format: {
      flag: '--format NAME', doc: 'png, csv or huggingface (default: png).',
      parse: (raw = 'png') => {
        if (!(formats as readonly string[]).includes(raw)) throw new WrongValue(`is "${raw}", expected one of ${formats.join(', ')}`);
        return raw as Format;
      },
    },
    huggingface: { flag: '--huggingface', doc: 'The same as --format huggingface.', parse: isGiven },
  },
  run: async ({ options, out, world, signal }) => {
    const atlas = await world.openAtlas(absoluteLocation(options.atlas, world.cwd), signal);
    const folder = resolve(world.cwd, options.out);
    const format = options.huggingface ? 'huggingface' : options.format;
    const done = format === 'csv' ? await tables(world, atlas, folder, signal) : await pictures(world, atlas, folder, format, signal);
    out.document({ folder, format, ...done }, () => [`wrote     ${folder}`, ...Object.entries(done).map(([what, count]) => `${what.padEnd(9)} ${count}`)]);
  },
});

/** A picture's file: layer, unit, view, seed; `path` of the layers table is safe in any file system. */
const fileOf = (path: string, { unit, view, seed, imageFormat }: SynthesisRow): string => `${path}/${String(unit).padStart(5, '0')}-${view}-${seed}.${imageFormat}`;

async function pictures(world: World, atlas: AtlasReader, folder: string, format: Format, signal: AbortSignal): Promise<Readonly<Record<string, number>>> {
  const lines = [['file_name', 'layer', 'unit', 'view', 'prior', 'objective', 'seed', 'steps', 'score_start', 'score', 'health']];
  // `datasets` reads such a folder as it lies: pictures, and beside them a table that names each.
  const inside = format === 'huggingface' ? 'train' : '';
  for (const { layer, path } of await atlas.layers()) {
    for (const { unit } of await atlas.units(layer)) {
      signal.throwIfAborted();
      for (const row of await atlas.synthesis(layer, unit)) {
        if (row.image === null) continue;
        const file = fileOf(path, row);
        await world.writeFile(join(folder, inside, file), row.image);
        lines.push([file, layer, String(unit), String(row.view), row.prior, row.objective, String(row.seed), String(row.steps), String(row.scoreStart), String(row.score), row.health.join(' ')]);
      }
    }
  }
  await world.writeFile(join(folder, inside, 'metadata.csv'), csv(lines));
  if (format === 'huggingface') await world.writeFile(join(folder, 'README.md'), new TextEncoder().encode(card(lines.length - 1)));
  return { pictures: lines.length - 1 };
}

async function tables(world: World, atlas: AtlasReader, folder: string, signal: AbortSignal): Promise<Readonly<Record<string, number>>> {
  const layers = await atlas.layers();
  await world.writeFile(join(folder, 'layers.csv'), csv([
    ['layer', 'op', 'site', 'units', 'swept', 'healthy', 'flagged', 'dead', 'mega_macs'],
    ...layers.map((row) => [row.layer, row.op, row.site, row.units, row.swept, row.healthy, row.flagged, row.dead, row.megaMacs].map(String)),
  ]));
  const columns = ['score', 'scoreStart', 'max', 'mean', 'std', 'p50', 'p99', 'fractionActive', 'naturalMax'] as const satisfies readonly (keyof UnitRow)[];
  const units = [['layer', 'unit', 'health', 'reason', ...columns.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))]];
  for (const { layer } of layers) {
    signal.throwIfAborted();
    for (const row of await atlas.units(layer)) units.push([layer, String(row.unit), row.health.join(' '), row.reason, ...columns.map((name) => (row[name] === null || row[name] === undefined ? '' : String(row[name])))]);
  }
  await world.writeFile(join(folder, 'units.csv'), csv(units));
  return { layers: layers.length, units: units.length - 1 };
}

/** RFC 4180: what holds a comma, a quote or a line end stands in quotes. */
function csv(rows: readonly (readonly string[])[]): Uint8Array {
  const cell = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return new TextEncoder().encode(rows.map((row) => `${row.map(cell).join(',')}\r\n`).join(''));
}

const card = (count: number): string => `---
configs:
  - config_name: default
    data_files:
      - split: train
        path: train/**
---

# Units of a neural network

${count} pictures, each climbed to so that one unit responds. \`train/metadata.csv\` says of which unit each is, how it was made and what it scores.
Load it with \`datasets.load_dataset("imagefolder", data_dir="…")\`.
`;
