import { describe, expect, it } from 'vitest';
import { violations, type Change } from './history.js';

type Side = readonly [state: string, fence: number, session?: string];

/** Changes of one shard, in turn. */
function changes(...sides: readonly Side[]): readonly Change[] {
  const as = ([state, fence, session = null]: readonly [string, number, (string | null)?]) => ({ state, fence: String(fence), session });
  return sides.slice(1).map((side, i) => ({ n: String(i + 1), sweep: 'sw', seq: 0, stage: 'synthesis', was: as(sides[i]!), is: as(side), alive: side[0] === 'ready' ? false : true }));
}

const sound: readonly Side[] = [['waiting', 0], ['ready', 0], ['leased', 1, 'a'], ['ready', 1], ['leased', 2, 'b'], ['done', 2]];

describe('violations', () => {
  it('finds none in the life of a shard that is lost once and done by another', () => {
    expect(violations(changes(...sound))).toEqual([]);
  });

  it.each<[string, readonly Side[], string]>([
    ['a claim that leaves the fence', [['ready', 1], ['leased', 1, 'a']], 'fence'],
    ['a fence that falls', [['leased', 2, 'a'], ['ready', 1]], 'fence'],
    ['a commit under another claim', [['leased', 1, 'a'], ['ready', 1], ['done', 1]], 'no such move'],
    ['a lease that passes from hand to hand', [['leased', 1, 'a'], ['leased', 2, 'b']], 'no such move'],
    ['what is done and then is not', [...sound, ['ready', 2]], 'no such move'],
    ['a lease of nobody', [['ready', 0], ['leased', 1]], 'of nobody'],
  ])('finds %s', (_, sides, said) => {
    expect(violations(changes(...sides)).join()).toContain(said);
  });

  it('finds a change that was not written down', () => {
    const [first, ...rest] = changes(...sound);
    expect(violations([first!, ...rest.slice(1)])).toEqual([expect.stringContaining('it was left as ready 0')]);
  });

  it('finds a commit of a session that has ended', () => {
    const history = changes(...sound);
    expect(violations([...history.slice(0, -1), { ...history.at(-1)!, alive: false }])).toEqual([expect.stringContaining('session that had ended')]);
  });

  it('finds a sweep that is published while a shard is open', () => {
    const publish: Change = { n: '9', sweep: 'sw', seq: 1, stage: 'publish', was: { state: 'ready', fence: '0', session: null }, is: { state: 'leased', fence: '1', session: 'a' }, alive: true };
    expect(violations([...changes(...sound.slice(0, 3)), publish])).toEqual([expect.stringContaining('while others were open')]);
    expect(violations([...changes(...sound), publish])).toEqual([]);
  });
});
