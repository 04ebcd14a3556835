import { describe, expect, it } from 'vitest';
import { compareUnits } from './compare-units.js';
import { noMeasures, type UnitRow } from './units.js';

const row = (unit: number, score: number | null, health: UnitRow['health'] = []): UnitRow => ({ layer: 'a', unit, health, reason: '', scoreStart: 0, score, bestScores: [], ...noMeasures });

describe('compareUnits', () => {
  it('puts a change of health first, then the largest change of score, then what cannot be compared', () => {
    const pairs = compareUnits([row(0, 1), row(1, 4), row(2, 2, ['dead']), row(3, null), row(4, 5)], [row(0, 1), row(1, 2), row(2, 2), row(3, 1), row(4, -5)]);
    expect(pairs.map(({ unit, change, flags }) => [unit, change, flags])).toEqual([[2, 0, ['dead']], [4, 1, []], [1, 0.5, []], [0, 0, []], [3, null, []]]);
  });

  it('leaves out units that only one of them has', () => {
    expect(compareUnits([row(0, 1), row(1, 1)], [row(1, 1), row(2, 1)]).map(({ unit }) => unit)).toEqual([1]);
  });
});
