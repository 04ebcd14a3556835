import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCostModel, type CostModel } from './cost-model.js';
import { leasesToYield, type HeldLease, type IdleAgent, type YieldOptions } from './stragglers.js';

/** Knows that a unit of cost takes a second on a `gpu`, ten on a `cpu`. */
function modelOf(): CostModel {
  const model = createCostModel();
  for (const [device, seconds] of [['gpu', 1], ['cpu', 10]] as const) model.learn({ lot: 'l', device, cost: 1, seconds });
  return model;
}
const options = (room: readonly (readonly [string, number])[] = []): YieldOptions => ({ model: modelOf(), room: new Map(room) });
const agent = (session: string, rest: Partial<IdleAgent> = {}): IdleAgent => ({ session, node: 'n', device: 'gpu', plugins: [], ...rest });
const lease = (session: string, seq: number, rest: Partial<HeldLease> = {}): HeldLease => ({
  sweepId: 'sw', seq, fence: 1n, session, device: 'gpu', lot: 'l', cost: 40, plugins: [], failedNodes: [], running: true, begunSeconds: 0, fraction: 0, batches: 1, asked: 'no', ...rest,
});
/** Leases of a session, of which the first is worked on. */
const queue = (session: string, count: number, rest: Partial<HeldLease> = {}): HeldLease[] =>
  Array.from({ length: count }, (_, i) => lease(session, i, { ...rest, ...(i === 0 ? { begunSeconds: 4, fraction: 0.1 } : {}) }));
const wanted = (leases: readonly HeldLease[]): readonly string[] => leases.map(({ session, seq }) => `${session}${seq}`);
const long = (session: string, seq: number, rest: Partial<HeldLease> = {}): HeldLease => lease(session, seq, { cost: 400, begunSeconds: 100, fraction: 0.25, batches: 8, ...rest });

describe('leasesToYield', () => {
  it('asks whoever has most before him for the last that he has not begun, until an idle agent would be through no sooner', () => {
    // 40 s each, of the first 36 are left: 236 s and 116 s. After 18 s the idle one would do three in 138 s, and a fourth later than where it is.
    expect(wanted(leasesToYield([agent('i')], [...queue('a', 6), ...queue('b', 3)], options()))).toEqual(['a5', 'a4', 'a3']);
    expect(wanted(leasesToYield([agent('i'), agent('j')], queue('a', 6), options()))).toEqual(['a5', 'a4', 'a3', 'a2']);
  });

  it('leaves to each what he is working on, known or not, and what he is through with before another could begin', () => {
    expect(leasesToYield([agent('i')], queue('a', 1), options())).toEqual([]);
    expect(wanted(leasesToYield([agent('i'), agent('j'), agent('k')], [lease('a', 0), lease('a', 1)], options()))).toEqual(['a1']);
    expect(leasesToYield([agent('i')], Array.from({ length: 16 }, (_, i) => lease('a', i, { cost: 1, begunSeconds: i === 0 ? 1 : 0 })), options())).toEqual([]);
  });

  it('takes an unknown shard for what it is planned to be', () => {
    expect(wanted(leasesToYield([agent('i')], [lease('a', 0, { device: 'new' }), lease('a', 1, { device: 'new' })], options()))).toEqual(['a1']);
  });

  it('cuts the longest shard that is worked on, one for each agent that is idle still', () => {
    const held = [long('a', 0), long('b', 1, { fraction: 0.1 }), long('c', 2, { fraction: 0.9 })];
    expect(wanted(leasesToYield([agent('i')], held, options()))).toEqual(['b1']);
    expect(wanted(leasesToYield([agent('i'), agent('j'), agent('k')], held, options()))).toEqual(['b1', 'a0']); // 11 s are left of the third
    expect(wanted(leasesToYield([agent('i')], [long('a', 0), ...queue('b', 4)], options()))).toEqual(['b3', 'b2']);
  });

  it('cuts nothing that has less than two batches left, or of which nobody knows how long it takes', () => {
    expect(leasesToYield([agent('i')], [long('a', 0, { batches: 1 })], options())).toEqual([]);
    expect(leasesToYield([agent('i')], [long('a', 0, { batches: 2, fraction: 0.5 })], options())).toEqual([]);
    expect(leasesToYield([agent('i')], [long('a', 0, { fraction: 0.02, begunSeconds: 30, device: 'new' })], options())).toEqual([]);
    expect(wanted(leasesToYield([agent('i')], [long('a', 0, { fraction: 0.05, begunSeconds: 30, device: 'new' })], options()))).toEqual(['a0']);
  });

  it('believes a shard that is slower than others were', () => {
    expect(leasesToYield([agent('i')], [long('a', 0, { cost: 40, begunSeconds: 2, fraction: 0.1 })], options())).toEqual([]);
    expect(wanted(leasesToYield([agent('i')], [long('a', 0, { cost: 40, begunSeconds: 60, fraction: 0.1 })], options()))).toEqual(['a0']);
  });

  it('asks for nothing that an idle agent would be slower with', () => {
    expect(leasesToYield([agent('i', { device: 'cpu' })], [...queue('a', 3), long('b', 9)], options())).toEqual([]);
  });

  it('asks only for what an idle agent may be given: it has the plugins, its node has not failed, the sweep has room', () => {
    const held = queue('a', 4, { plugins: ['prior/x@1'] });
    expect(leasesToYield([agent('i')], held, options())).toEqual([]);
    expect(leasesToYield([agent('i', { plugins: ['prior/x@1'] })], held, options())).not.toEqual([]);
    expect(leasesToYield([agent('i')], queue('a', 4, { failedNodes: ['n'] }), options())).toEqual([]);
    expect(leasesToYield([agent('i')], queue('a', 4), options([['sw', 0]]))).toEqual([]);
    expect(wanted(leasesToYield([agent('i'), agent('j')], queue('a', 6), options([['sw', 1]])))).toEqual(['a5', 'a4', 'a3']);
  });

  it('asks for nothing of a sweep that is paused, and never twice under a fence', () => {
    expect(leasesToYield([agent('i')], [...queue('a', 4, { running: false }), long('b', 9, { running: false })], options())).toEqual([]);
    expect(leasesToYield([agent('i')], [...queue('a', 4, { asked: 'in vain' }), long('b', 9, { asked: 'in vain' })], options())).toEqual([]);
  });

  it('waits for what it has asked for lately, and for that only', () => {
    const [first, ...rest] = queue('a', 6);
    const asked = (state: HeldLease['asked']) => [first!, ...rest.map((each) => (each.seq > 2 ? { ...each, asked: state } : each))];
    expect(leasesToYield([agent('i')], asked('lately'), options())).toEqual([]);
    expect(wanted(leasesToYield([agent('i')], asked('in vain'), options()))).toEqual(['a2', 'a1']);
    expect(leasesToYield([agent('i')], [long('a', 0, { asked: 'lately' }), long('b', 1)], options())).toEqual([]);
  });

  it('never takes all that a session has, and nothing twice', () => {
    const held = fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 200 })), { minLength: 1, maxLength: 5 })
      .map((queues) => queues.flatMap(([count, cost], i) => queue(`s${i}`, count, { cost })));
    fc.assert(fc.property(held, fc.nat(4), (leases, idle) => {
      const asked = leasesToYield(Array.from({ length: idle }, (_, i) => agent(`i${i}`)), leases, options());
      expect(new Set(asked).size).toBe(asked.length);
      for (const session of new Set(leases.map((each) => each.session))) {
        expect(leases.some((each) => each.session === session && !asked.includes(each))).toBe(true);
      }
      if (idle === 0) expect(asked).toEqual([]);
    }));
  });
});
