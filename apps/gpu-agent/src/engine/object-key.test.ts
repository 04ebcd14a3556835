import { describe, expect, it } from 'vitest';
import { checkpointKey, objectKey } from './object-key.js';

describe('objectKey', () => {
  it('names view, units and content', () => {
    expect(objectKey({ layer: 'conv1', view: 0, unitStart: 64, unitEnd: 128 }, '0123456789abcdef0123456789abcdef'))
      .toBe('synthesis/conv1/0-00064-00128-0123456789abcdef.parquet');
  });

  it('names a checkpoint apart from results', () => {
    expect(checkpointKey({ layer: 'conv1', view: 0, unitStart: 64, unitEnd: 96 }, '0123456789abcdef0123456789abcdef'))
      .toBe('checkpoints/conv1/0-00064-00096-0123456789abcdef.parquet');
  });

  it('keeps a layer with slashes in one folder', () => {
    expect(objectKey({ layer: '/features/Conv_0', view: 2, unitStart: 0, unitEnd: 100_000 }, 'f'.repeat(64)))
      .toMatch(/^synthesis\/[^/]+\/2-00000-100000-f{16}\.parquet$/);
  });
});
