import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { errors } from '../errors.js';
import type { ExternalData } from '../read/external-data.js';

/**
 * Reads ranges of the files beside a model; the files stay open until it is disposed of.
 *
 * A link may not lead out of the model's folder. Caches that keep the model itself behind a link (and its data beside
 * the target) are served: the folder of the link and that of its target both count.
 */
export function externalFiles(modelPath: string, limitBytes: number): { readonly read: ExternalData; readonly sizeBytes: () => number } & Disposable {
  const folder = dirname(modelPath);
  const homes = [realpathSync(folder), dirname(realpathSync(modelPath))];
  const open = new Map<string, { readonly descriptor: number; readonly sizeBytes: number }>();
  let total = 0;
  // Throws plain errors where a file is not as it should be: the reader, who knows the tensor, makes them whole.
  const file = (location: string, tensor: string): { readonly descriptor: number; readonly sizeBytes: number } => {
    const known = open.get(location);
    if (known !== undefined) return known;
    const real = realpathSync(join(folder, location));
    if (!homes.some((home) => real.startsWith(home.endsWith(sep) ? home : home + sep))) throw errors.externalEscapes({ tensor, location });
    const stat = statSync(real);
    if (!stat.isFile()) throw new Error('it is not a file');
    const made = { descriptor: openSync(real, 'r'), sizeBytes: stat.size };
    open.set(location, made);
    return made;
  };
  return {
    read: (location, offset, length, tensor) => {
      const { descriptor, sizeBytes } = file(location, tensor);
      const wanted = length ?? sizeBytes - offset;
      if (offset + wanted > sizeBytes) throw new Error(`it has ${sizeBytes} bytes, ${offset + wanted} are needed`);
      total += wanted;
      if (total > limitBytes) throw errors.fileTooLarge({ file: modelPath, sizeBytes: total, limitBytes });
      const bytes = new Uint8Array(wanted);
      for (let at = 0; at < wanted;) {
        const count = readSync(descriptor, bytes, at, wanted - at, offset + at);
        if (count === 0) throw new Error(`it ended at byte ${offset + at}`);
        at += count;
      }
      return bytes;
    },
    sizeBytes: () => total,
    [Symbol.dispose]: () => { for (const { descriptor } of open.values()) closeSync(descriptor); },
  };
}
