import type { DecodedPicture } from '@neuron-atlas/exemplars/node';
import { describe, expect, it } from 'vitest';
import { PictureCache } from './picture-cache.js';

const picture = (bytes: number): DecodedPicture => ({ input: { width: bytes, height: 1, channels: 1, data: new Uint8Array(bytes) } }) as DecodedPicture;

describe('PictureCache', () => {
  it('decodes a picture once, also for two who ask at the same time, and lets go of those used longest ago', async () => {
    const decoded: string[] = [];
    const cache = new PictureCache(30);
    const get = (key: string): Promise<DecodedPicture> => cache.get(key, async () => { decoded.push(key); return picture(10); });
    await Promise.all([get('a'), get('a'), get('b')]);
    for (const key of ['c', 'a', 'd', 'a', 'c', 'd', 'b']) await get(key);
    expect(decoded).toEqual(['a', 'b', 'c', 'd', 'b']);
  });

  it('tries again what could not be decoded', async () => {
    const cache = new PictureCache();
    await expect(cache.get('a', async () => { throw new Error('cut short'); })).rejects.toThrow('cut short');
    expect((await cache.get('a', async () => picture(3))).input.data).toHaveLength(3);
  });
});
