// Draws the pictures in which the demo looks for what excites each unit, and writes them as pictures.tar into this example's folder, or into --out.
import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { Header } from 'tar';
import { colourNames, pictureAt, shapeNames, textureNames } from './pictures/index.js';
import { heldOutSeed } from './training/train-demo.js';

/** Each combination of shape, texture and colour once, of the sequence that the network has not been trained on. */
const count = shapeNames.length * textureNames.length * colourNames.length;
const seed = heldOutSeed(1);

const { values: { out } } = parseArgs({ options: { out: { type: 'string', default: resolve(import.meta.dirname, '..') } } });
const blocks: Buffer[] = [];
for (let index = 0; index < count; index++) {
  const { pixels, size, colour, texture, shape } = pictureAt(seed, index);
  const name = String(index).padStart(3, '0');
  const picture = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } }).jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer();
  blocks.push(...member(`${name}.jpg`, picture), ...member(`${name}.txt`, Buffer.from(`${colour} ${texture} ${shape}`)));
}
const path = join(out, 'pictures.tar');
await writeFile(`${path}.part`, Buffer.concat([...blocks, Buffer.alloc(1024)]));
await rename(`${path}.part`, path);
console.log(`${path}: ${count} pictures`);

function member(name: string, content: Buffer): readonly Buffer[] {
  const header = Buffer.alloc(512);
  new Header({ path: name, size: content.length, mode: 0o644, type: 'File', mtime: new Date(0) }).encode(header, 0);
  return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}
