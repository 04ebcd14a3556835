import { bytes } from '../quantity.js';
import { defineCheck } from './check.js';

const least = 2 * 2 ** 30;

export const disk = defineCheck({
  name: 'disk',
  run: async ({ world }) => (await world.machine()).folders.map(({ what, path, freeBytes, problem }) => {
    if (problem !== undefined) return { verdict: 'bad', detail: `${what} ${path}: ${problem}`, help: 'mount a folder there that this user may write' };
    const low = freeBytes < least;
    return { verdict: low ? 'warning' : 'good', detail: `${what} ${path}: ${bytes(freeBytes)} free`, ...(low ? { help: 'make room: models, programs and results until they are stored lie there' } : {}) };
  }),
});
