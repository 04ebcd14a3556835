import { noMeasures, type UnitRow } from '@neuron-atlas/atlas';
import { describe, expect, it } from 'vitest';
import { inOrder, ordersOf, withHealth } from './unit-orders.js';

const row = (unit: number, score: number | null, changes: Partial<UnitRow> = {}): UnitRow => ({
  layer: 'a', unit, health: [], reason: '', scoreStart: 0, score,
  bestScores: score === null ? [] : [{ view: 0, prior: 'fourier', objective: 'channel', seed: 0, scoreStart: 1, score }], ...noMeasures, ...changes,
});
const sorted = (rows: readonly UnitRow[], name: string): readonly number[] => inOrder(rows, ordersOf(rows, 0).find((order) => order.name === name)!, 0).map(({ unit }) => unit);

describe('ordersOf', () => {
  it('offers only what the atlas has numbers for', () => {
    expect(ordersOf([row(0, null)], 0).map(({ name }) => name)).toEqual(['unit']);
    expect(ordersOf([row(0, 2)], 0).map(({ name }) => name)).toEqual(['unit', 'score', 'gain']);
    expect(ordersOf([row(0, 2, { naturalMax: 4, fractionActive: 0.5 })], 0).map(({ name }) => name)).toEqual(['unit', 'score', 'gain', 'ratio', 'sparse', 'busy']);
    expect(ordersOf([row(0, 2)], 1).map(({ name }) => name)).toEqual(['unit']);
  });
});

describe('inOrder', () => {
  it('puts the highest score first, equal ones by number, and those without one last', () => {
    expect(sorted([row(0, 1), row(1, null), row(2, 5), row(3, NaN), row(4, 5)], 'score')).toEqual([2, 4, 0, 1, 3]);
  });

  it('puts the sparsest first', () => {
    expect(sorted([row(0, 1, { fractionActive: 0.5 }), row(1, 1, { fractionActive: 0.1 }), row(2, 1)], 'sparse')).toEqual([1, 0, 2]);
  });
});

describe('the order by health', () => {
  it('puts the gravest flag first and healthy units last, where there is something to put first', () => {
    const rows = [row(0, 1), row(1, 1, { health: ['below-natural'] }), row(2, 1, { health: ['no-gain', 'below-natural'] }), row(3, null, { health: ['blocked'] })];
    expect(sorted(rows, 'health')).toEqual([3, 2, 1, 0]);
    expect(ordersOf([row(0, 1)], 0).map(({ name }) => name)).not.toContain('health');
  });
});

describe('withHealth', () => {
  it('keeps healthy units, flagged ones or those with one flag', () => {
    const rows = [row(0, 1), row(1, 1, { health: ['dead', 'no-gain'] }), row(2, 1, { health: ['no-gain'] })];
    const units = (wanted: string): readonly number[] => withHealth(rows, wanted).map(({ unit }) => unit);
    expect([units('all'), units('healthy'), units('flagged'), units('dead')]).toEqual([[0, 1, 2], [0], [1, 2], [1]]);
  });
});
