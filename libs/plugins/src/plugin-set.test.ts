import { describe, expect, it } from 'vitest';
import { added, count, createPluginSet, oneOf, recordOf, type Plugin, type Settled } from './index.js';

const blur: Plugin = { name: 'blur', version: 2, summary: '', source: '', params: { every: count(4, 'Steps between two.'), edge: oneOf(['repeat', 'zero'], 'What lies outside.') } };
const set = createPluginSet('regulariser', [blur]);

describe('a set of plugins', () => {
  it('fills in defaults and keeps what is given', () => {
    expect(recordOf(set.choose('blur', { edge: 'zero' }))).toEqual({ name: 'blur', version: 2, params: { edge: 'zero', every: 4 } });
  });

  it('leaves a param that came later out of records where it has its default', () => {
    const later = createPluginSet('regulariser', [{ ...blur, params: { ...blur.params, turn: added(count(0, 'Degrees.')) } }]);
    expect(recordOf(later.choose('blur', {}))).toEqual(recordOf(set.choose('blur', {})));
    expect(recordOf(later.choose('blur', { turn: 3 })).params).toMatchObject({ turn: 3 });
  });

  it('says what there is where a name, a param or a value does not fit', () => {
    expect(() => set.choose('blurr', {})).toThrow(expect.objectContaining({ code: 'PLUGINS_UNKNOWN_NAME', message: expect.stringContaining('there are: blur') }));
    expect(() => set.choose('blur', { evry: 1 })).toThrow(expect.objectContaining({ code: 'PLUGINS_UNKNOWN_PARAM', message: expect.stringContaining('every, edge') }));
    expect(() => set.choose('blur', { constructor: 1 })).toThrow(expect.objectContaining({ code: 'PLUGINS_UNKNOWN_PARAM' }));
    const wrongs: readonly Settled[] = [{ every: -1 }, { every: 1.5 }, { every: '4' }, { edge: 'mirror' }, { edge: 1 }];
    for (const wrong of wrongs) {
      expect(() => set.choose('blur', wrong)).toThrow(expect.objectContaining({ code: 'PLUGINS_BAD_PARAM' }));
    }
  });

  it('refuses two of one name', () => {
    expect(() => createPluginSet('prior', [blur, blur])).toThrow(expect.objectContaining({ code: 'PLUGINS_DUPLICATE' }));
  });
});
