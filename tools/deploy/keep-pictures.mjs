// Takes the dashboards that the last `npm run test:deploy` drew into docs/images/operations. Look at them first.
//
//   node tools/deploy/keep-pictures.mjs
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [from, to] = [path.join(root, '.cache/deploy/dashboards'), path.join(root, 'docs/images/operations')];
mkdirSync(to, { recursive: true });
for (const name of readdirSync(from).filter((file) => file.endsWith('.png'))) {
  await sharp(path.join(from, name)).webp({ quality: 70, effort: 6 }).toFile(path.join(to, name.replace('.png', '.webp')));
}
