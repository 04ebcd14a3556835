import { describe, expect, it } from 'vitest';
import { patienceMs } from './work-on-shard.js';

describe('the patience with an engine', () => {
  it('grows with a model beyond 2 GiB, and with no other', () => {
    expect(patienceMs(120_000, 2 ** 31)).toBe(120_000);
    expect(patienceMs(120_000, 4e9)).toBe(120_000 + 400_000);
  });
});
