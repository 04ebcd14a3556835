import { describe, expect, it } from 'vitest';
import { findPlaces } from './find-places.js';

const layers = [{ id: 'conv1', selected: [[0, 24]] }, { id: 'conv10', selected: [[0, 4], [8, 9]] }, { id: '/fire/conv1', selected: [[0, 64]] }] as const;
const found = (typed: string): readonly string[] => findPlaces(layers, typed).map(({ layer, unit }) => (unit === undefined ? layer : `${layer}#${unit}`));

describe('findPlaces', () => {
  it('finds layers by a part of their name, the best fit first', () => {
    expect(found('conv1')).toEqual(['conv1', 'conv10', '/fire/conv1']);
    expect(found('FIRE')).toEqual(['/fire/conv1']);
    expect(found('nothing')).toEqual([]);
    expect(found('  ')).toEqual([]);
  });

  it('finds a unit by layer and number', () => {
    expect(found('conv1/7')).toEqual(['conv1#7', '/fire/conv1#7']);
    expect(found('conv10 8')).toEqual(['conv10#8']);
    expect(found('/fire/conv1/63')).toEqual(['/fire/conv1#63']);
  });

  it('finds a number in every layer that has it', () => {
    expect(found('8')).toEqual(['conv1#8', 'conv10#8', '/fire/conv1#8']);
    expect(found('99')).toEqual([]);
  });
});
