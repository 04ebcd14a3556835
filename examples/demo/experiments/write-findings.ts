import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';
import { pictureSize } from '../model.js';
import type { Findings } from './context.js';

/** Writes NAME.md, NAME.json and NAME.webp. */
export async function writeFindings(folder: string, name: string, found: Findings, how: { readonly command: string; readonly runtime: string }): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.webp`), await sheetOf(found));
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify({ format: 1, experiment: name, agrees: found.agrees, ...how, ...(found.numbers as Readonly<Record<string, unknown>>) }, undefined, 2)}\n`);
  await writeFile(join(folder, `${name}.md`), pageOf(name, found, how));
}

function pageOf(name: string, { title, published, method, columns, rows, legend, ours, agrees, sheet }: Findings, { command, runtime }: { readonly command: string; readonly runtime: string }): string {
  return [
    `# ${title}`, '', `\`${command}\` (${runtime}) writes this page, [its numbers](${name}.json) and the sheet.`, '',
    '## Published', '', published, '', '## Here', '', ...method.flatMap((line) => [line, '']),
    `| ${columns.join(' | ')} |`, `|${columns.map(() => '---|').join('')}`, ...rows.map((row) => `| ${row.join(' | ')} |`), '', legend, '',
    '## What came out', '', ...ours.map((line) => `* ${line}`), '', `**Does it agree with the publication? ${agrees === 'yes' ? 'Yes' : agrees === 'no' ? 'No' : 'In part'}.**`, '',
    `![${title}](${name}.webp)`, '', `Rows of the sheet: ${sheet.map(({ label }) => label).join('; ')}.`, '',
  ].join('\n');
}

const gap = 2;

/** A row of pictures for each case; an empty picture leaves its place dark. */
async function sheetOf({ sheet }: Findings): Promise<Buffer> {
  const pitch = pictureSize + gap;
  const across = Math.max(...sheet.map(({ pictures }) => pictures.length));
  const tiles: OverlayOptions[] = sheet.flatMap(({ pictures }, row) => pictures.flatMap((pixels, column) => (pixels.length === 0 ? []
    : [{ input: Buffer.from(pixels), raw: { width: pictureSize, height: pictureSize, channels: 3 }, left: gap + column * pitch, top: gap + row * pitch }])));
  return sharp({ create: { width: across * pitch + gap, height: sheet.length * pitch + gap, channels: 3, background: '#202020' } }).composite(tiles).webp({ quality: 85 }).toBuffer();
}
