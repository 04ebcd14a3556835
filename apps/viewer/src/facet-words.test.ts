import { describe, expect, it } from 'vitest';
import { facetWords } from './facet-words.js';

const words = (facet: unknown): string | undefined => facetWords({ provenance: JSON.stringify({ seed: 0, ...(facet === undefined ? {} : { facet }) }) });

describe('what is said of the start of a picture', () => {
  it('names the facet and the exemplars it began from', () => {
    expect(words({ index: 1, of: 3, size: 20, exemplars: Array.from({ length: 15 }, () => 'ab') })).toBe('Facet 2 of 3: it began from the mean of 15 exemplars, of 20 that are alike.');
    expect(words({ index: 0, of: 3, size: 1, exemplars: ['ab'] })).toBe('Facet 1 of 3: it began from one exemplar.');
  });

  it('says where there was none to begin from, and nothing of other views', () => {
    expect(words({ index: 2, of: 3, size: 0, exemplars: [] })).toBe('Facet 3 of 3: there are no exemplars for it, so it began as noise.');
    expect(words(undefined)).toBeUndefined();
  });
});
