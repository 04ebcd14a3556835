import { expect, it } from 'vitest';
import { takesUnderWay } from './takes-under-way.js';

/** Something that runs until it is let go. */
const gate = () => {
  let letGo = (): void => {};
  const open = new Promise<void>((resolve) => { letGo = resolve; });
  return { open, letGo };
};

it('tells a reading of the takes that began before it or during it, also when they have ended, and of no others', async () => {
  const under = takesUnderWay();
  const take = (lot: string) => {
    const { open, letGo } = gate();
    return { ended: under.during([{ lot, count: 1 }], () => open), letGo };
  };
  const [past, before] = [take('past'), take('before')];
  past.letGo();
  await past.ended;
  const reading = gate();
  const read = under.beside(async () => { await reading.open; return 'a view'; });
  const during = take('during');
  for (const each of [before, during]) each.letGo();
  await Promise.all([before.ended, during.ended]);
  reading.letGo();
  expect(await read).toEqual({ found: 'a view', takes: [{ lot: 'before', count: 1 }, { lot: 'during', count: 1 }] });
  expect((await under.beside(async () => 'later')).takes).toEqual([]);
});

it('forgets a take that failed, and a reading that did', async () => {
  const under = takesUnderWay();
  await expect(under.during([{ lot: 'a', count: 1 }], async () => { throw new Error('gone'); })).rejects.toThrow('gone');
  await expect(under.beside(async () => { throw new Error('away'); })).rejects.toThrow('away');
  expect((await under.beside(async () => 0)).takes).toEqual([]);
});
