import { describe, expect, it } from 'vitest';
import { levelsOf } from './network-levels.js';

const ids = (layers: readonly { readonly id: string; readonly inputs?: readonly string[] }[]): readonly string[] => levelsOf(layers).map((level) => level.map(({ id }) => id).join(' '));

describe('levelsOf', () => {
  it('puts branches beside each other and what joins them below', () => {
    expect(ids([
      { id: 'a', inputs: [] }, { id: 'left', inputs: ['a'] }, { id: 'right', inputs: ['a'] }, { id: 'long', inputs: ['left'] }, { id: 'join', inputs: ['right', 'long'] },
    ])).toEqual(['a', 'left right', 'long', 'join']);
  });

  it('is a chain where nobody says what reads what, and goes on past layers that are not in the atlas', () => {
    expect(ids([{ id: 'a' }, { id: 'b' }, { id: 'c' }])).toEqual(['a', 'b', 'c']);
    expect(ids([{ id: 'b', inputs: ['a'] }, { id: 'c', inputs: ['b'] }])).toEqual(['b', 'c']);
    expect(ids([])).toEqual([]);
  });
});
