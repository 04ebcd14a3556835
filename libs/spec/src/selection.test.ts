import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChannelRanges } from './channel-ranges.js';
import { matchesGlob } from './glob.js';
import { matchLayers } from './match-layers.js';
import { nearNames } from './near-names.js';

const layers = ['conv1', 'fire2/squeeze', 'fire2/expand', 'fire10/expand', 'Conv1', 'odd,*name'].map((id) => ({ id }));
const ids = (globs: readonly string[]): readonly string[] => matchLayers({ layers: globs }, layers).map((layer) => layer.id);

describe('matchLayers', () => {
  it('gives all layers for all', () => {
    expect(matchLayers({ layers: 'all' }, layers)).toEqual(layers);
  });

  it('gives each layer once, in the order of the model, whatever the order of the globs', () => {
    expect(ids(['*/expand', 'fire2*, conv1'])).toEqual(['conv1', 'fire2/squeeze', 'fire2/expand', 'fire10/expand']);
  });

  it('tells upper from lower case, and takes ? for one character', () => {
    expect(ids(['?onv1'])).toEqual(['conv1', 'Conv1']);
    expect(ids(['Conv*'])).toEqual(['Conv1']);
    expect(ids(['fire?/*'])).toEqual(['fire2/squeeze', 'fire2/expand']);
  });

  it('takes the exact id of a layer literally', () => {
    expect(ids(['odd,*name'])).toEqual(['odd,*name']);
  });

  it('names the glob that matches nothing, the layers there are, and near names', () => {
    expect(() => ids(['conv*', 'fier2*'])).toThrow(expect.objectContaining({
      code: 'SPEC_GLOB_MATCHES_NOTHING',
      message: expect.stringMatching(/^no layer matches "fier2\*"; the model has 6 layers/),
    }));
    expect(() => ids(['fire2/expnd'])).toThrow(/near: fire2\/expand/);
  });
});

describe('matchLayers: twins', () => {
  const twins = ['conv1.post', 'fire2/expand.post', 'concat.2'].map((id) => ({ id }));
  const named = (globs: 'all' | readonly string[]): readonly string[] => matchLayers({ layers: globs }, layers, twins).map(({ id }) => id);

  it('come by their own names only', () => {
    expect(named('all')).toEqual(layers.map(({ id }) => id));
    expect(named(['conv*'])).toEqual(['conv1']);
    expect(named(['conv1', 'conv1.post', 'concat.2'])).toEqual(['conv1', 'conv1.post', 'concat.2']);
    expect(named(['*.post'])).toEqual(['conv1.post', 'fire2/expand.post']);
  });

  it('are not there where a model has none of that name', () => {
    expect(() => named(['fire10*.post'])).toThrow(expect.objectContaining({ code: 'SPEC_GLOB_MATCHES_NOTHING' }));
  });
});

describe('matchesGlob', () => {
  it('agrees with the regular expression that it stands for', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '?'), maxLength: 12 });
    fc.assert(fc.property(piece, fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 12 }), (glob, text) => {
      const expression = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
      expect(matchesGlob(glob, text)).toBe(expression.test(text));
    }));
  });
});

describe('parseChannelRanges', () => {
  it('reads ranges with both ends inclusive as half-open ranges', () => {
    expect(parseChannelRanges('0-15,31', 32)).toEqual([[0, 16], [31, 32]]);
    expect(parseChannelRanges('all', 7)).toEqual([[0, 7]]);
  });

  it('covers exactly the channels written, in order and without overlap', () => {
    const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([start, more]) => [start, start + more] as const);
    fc.assert(fc.property(fc.array(range, { minLength: 1, maxLength: 8 }), (written) => {
      const expected = new Set(written.flatMap(([start, last]) => Array.from({ length: last - start + 1 }, (_, i) => start + i)));
      const ranges = parseChannelRanges(written.map(([start, last]) => (start === last ? `${start}` : `${start}-${last}`)).join(','), 81);
      const got = ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));
      expect(got).toEqual([...expected].sort((a, b) => a - b));
      for (let i = 1; i < ranges.length; i++) expect(ranges[i]![0]).toBeGreaterThan(ranges[i - 1]![1]);
    }));
  });

  it('names the range, the layer and its size where the range reaches beyond', () => {
    expect(() => parseChannelRanges('0-3,5-64', 64, 'conv1')).toThrow(expect.objectContaining({
      code: 'SPEC_CHANNEL_BEYOND_LAYER',
      message: 'channels 5-64 reach beyond layer conv1, which has 64 units (0-63)',
    }));
  });
});

describe('nearNames', () => {
  it('finds swapped, missing, wrong and extra letters', () => {
    for (const typo of ['stesp', 'step', 'stops', 'stepss', 'Steps']) expect(nearNames(typo, ['size', 'steps', 'seeds'])[0]).toBe('steps');
  });

  it('says nothing where nothing is near', () => {
    expect(nearNames('zzz', ['size', 'steps'])).toEqual([]);
  });
});
