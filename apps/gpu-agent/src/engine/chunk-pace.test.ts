import { describe, expect, it } from 'vitest';
import { ChunkPace } from './chunk-pace.js';

describe('ChunkPace', () => {
  it('comes to chunks of the wanted time, at most fourfold at once', () => {
    const pace = new ChunkPace(2_000);
    const seen = [pace.steps];
    for (let run = 0; run < 4; run++) {
      pace.learn(64, 64 * 20);
      seen.push(pace.steps);
    }
    expect(seen).toEqual([4, 16, 64, 100, 100]);
  });

  it('goes down to single steps where they are slow, and never below', () => {
    const pace = new ChunkPace(2_000);
    pace.learn(4, 400_000);
    expect(pace.steps).toBe(1);
  });

  it('learns nothing from a run that took no time', () => {
    const pace = new ChunkPace(2_000);
    pace.learn(4, 0);
    expect(pace.steps).toBe(4);
  });
});
