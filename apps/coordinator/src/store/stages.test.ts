import type { SweepPlan } from '@neuron-atlas/spec';
import { describe, expect, it } from 'vitest';
import { planOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { boom, worldOf } from '../testing/world.js';

const postgres = testPostgres();
const world = async () => worldOf(await postgres.database(), { failureBudget: 1, badPieces: 0 });

/** Two ranges of a data set; of each of two layers a merge, projections, a synthesis and measures of quality; publish. */
function naturalPlan(): SweepPlan {
  const plan = planOf({ layers: 2 });
  return {
    ...plan,
    dataset: { location: '/pictures', index: 'cd'.repeat(32), samples: 20 },
    spec: { ...plan.spec, dataset: { path: 'pictures', shard: 10 }, quality: { trials: 20, references: 9, batch: 8 }, publish: 'crops', views: { ...plan.spec.views, exemplars: { top: 9, bottom: 9, quantiles: 5, effective: ['top'], batch: 8 }, projections: { method: 'deconvnet', seed: 'one', kinds: ['top'], batch: 8 } } },
  };
}
async function started(given: Partial<SweepPlan> = {}) {
  const w = await world();
  const plan = { ...naturalPlan(), ...given };
  const { sweepId } = await w.store.submit({ idempotencyKey: 'k', planJson: JSON.stringify(plan), plan });
  const agent = await w.agent('a');
  /** Leases all that is ready; `seq` of each. */
  const ready = async () => w.lease(agent, 50);
  return { w, sweepId, agent, ready };
}

describe('the stages of a sweep', () => {
  it('run one after the other, each when all shards of those before it are settled', async () => {
    const { w, sweepId, agent, ready } = await started();
    for (const seqs of [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10]]) {
      const leases = await ready();
      expect(leases.map(({ seq }) => seq)).toEqual(seqs);
      for (const [i, lease] of leases.entries()) {
        expect(await ready()).toEqual([]);
        expect(await w.complete(agent, lease, String(i))).toBe('committed');
      }
    }
    const sweep = await w.store.sweep(sweepId);
    expect(sweep.state).toBe('done');
    expect(sweep.stages.map(({ stage, done }) => [stage, done])).toEqual([['exemplars', 2], ['merge', 2], ['projections', 2], ['synthesis', 2], ['quality', 2], ['publish', 1]]);
  });

  it('go on without a shard that was given up, and do again what lacks it when it is retried', async () => {
    const { w, sweepId, agent, ready } = await started();
    const [bad, good] = await ready();
    expect(await w.store.fail({ session: agent, claim: bad!, failureClass: 'POISON', error: boom })).toBe('quarantined');
    await w.complete(agent, good!);
    for (let stage = 0; stage < 5; stage++) for (const lease of await ready()) await w.complete(agent, lease);
    expect((await w.store.sweep(sweepId)).state).toBe('failed');
    await w.store.retry(sweepId);
    const again: number[][] = [];
    for (let leases = await ready(); leases.length > 0; leases = await ready()) {
      again.push(leases.map(({ seq }) => seq));
      for (const lease of leases) await w.complete(agent, lease);
    }
    // The range that failed, both merges, what was projected and measured of them, publish; the pictures that were climbed stand.
    expect(again).toEqual([[0], [2, 3], [4, 5], [8, 9], [10]]);
    expect((await w.store.sweep(sweepId)).state).toBe('done');
  });

  it('do the projections and measures of a layer again when its merge is retried, and those of no other', async () => {
    const { w, sweepId, agent, ready } = await started();
    for (const lease of await ready()) await w.complete(agent, lease);
    const [bad, good] = await ready();
    expect(await w.store.fail({ session: agent, claim: bad!, failureClass: 'POISON', error: boom })).toBe('quarantined');
    await w.complete(agent, good!);
    for (let stage = 0; stage < 4; stage++) for (const lease of await ready()) await w.complete(agent, lease, String(stage));
    await w.store.retry(sweepId);
    const again: number[][] = [];
    for (let leases = await ready(); leases.length > 0; leases = await ready()) {
      again.push(leases.map(({ seq }) => seq));
      for (const lease of leases) await w.complete(agent, lease, 'b');
    }
    expect(again).toEqual([[2], [4], [8], [10]]);
    expect((await w.store.manifest(sweepId)).map(({ key }) => key).filter((key) => /^synthesis\/4-/.test(key))).toEqual([expect.stringMatching(/-b\.parquet$/)]);
  });

  it('climb again what starts from exemplars when those are made again, of that layer alone', async () => {
    const { w, sweepId, agent, ready } = await started({ fromExemplars: [0] });
    for (const lease of await ready()) await w.complete(agent, lease);
    const [bad, good] = await ready();
    expect(await w.store.fail({ session: agent, claim: bad!, failureClass: 'POISON', error: boom })).toBe('quarantined');
    await w.complete(agent, good!);
    for (let stage = 0; stage < 4; stage++) for (const lease of await ready()) await w.complete(agent, lease, String(stage));
    await w.store.retry(sweepId);
    const again: number[][] = [];
    for (let leases = await ready(); leases.length > 0; leases = await ready()) {
      again.push(leases.map(({ seq }) => seq));
      for (const lease of leases) await w.complete(agent, lease, 'b');
    }
    expect(again).toEqual([[2], [4], [6], [8], [10]]);
    expect((await w.store.sweep(sweepId)).state).toBe('done');
  });

  it('measure a layer again when its pictures are made again, and no other', async () => {
    const { w, sweepId, agent, ready } = await started();
    for (let stage = 0; stage < 3; stage++) for (const lease of await ready()) await w.complete(agent, lease);
    const [good, bad] = await ready();
    expect([good!.seq, bad!.seq]).toEqual([6, 7]);
    expect(await w.store.fail({ session: agent, claim: bad!, failureClass: 'POISON', error: boom })).toBe('quarantined');
    await w.complete(agent, good!);
    for (let stage = 0; stage < 2; stage++) for (const lease of await ready()) await w.complete(agent, lease);
    await w.store.retry(sweepId);
    const again: number[][] = [];
    for (let leases = await ready(); leases.length > 0; leases = await ready()) {
      again.push(leases.map(({ seq }) => seq));
      for (const lease of leases) await w.complete(agent, lease, 'b');
    }
    expect(again).toEqual([[7], [9], [10]]);
  });
});
