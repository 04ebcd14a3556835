import { noMeasures, type UnitRow } from '@neuron-atlas/atlas';
import { describe, expect, it } from 'vitest';
import { rankResponses } from './rank-responses.js';

const row = (unit: number, score: number, changes: Partial<UnitRow> = {}): UnitRow => ({
  layer: 'a', unit, health: [], reason: '', scoreStart: 0, score, bestScores: [{ view: 0, prior: 'fourier', objective: 'channel', seed: 0, scoreStart: 0, score }], ...noMeasures, ...changes,
});

describe('rankResponses', () => {
  it('measures each unit against what it reaches, not against the others', () => {
    const ranked = rankResponses([row(0, 100), row(1, 2), row(2, 4)], { mean: [10, 1, 1], max: [0, 0, 0] }, 2);
    expect(ranked).toEqual([{ unit: 1, share: 0.5, of: 'climbed' }, { unit: 2, share: 0.25, of: 'climbed' }]);
  });

  it('prefers the strongest natural picture as the measure', () => {
    expect(rankResponses([row(0, 100, { max: 8 })], { mean: [10], max: [6] }, 5)).toEqual([{ unit: 0, share: 0.75, of: 'natural' }]);
  });

  it('leaves out dead units and those that have nothing to be measured against', () => {
    expect(rankResponses([row(0, 1, { health: ['dead'] }), row(1, -1), row(2, 1, { bestScores: [] })], { mean: [1, 1, 1], max: [1, 1, 1] }, 5)).toEqual([]);
  });
});
