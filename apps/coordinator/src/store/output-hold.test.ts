import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { planOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { worldOf } from '../testing/world.js';

const postgres = testPostgres();
const held = expect.objectContaining({ code: 'COORDINATOR_OUTPUT_HELD' }) as object;

describe('an output that is held', () => {
  it('takes no submission and no retry until it is freed, by whoever holds it', async () => {
    const w = worldOf(await postgres.database());
    const sweepId = await w.submit(1, 'one');
    await w.store.cancel(sweepId);
    expect(await w.store.holdOutput({ sweepId, holder: 'me' })).toEqual({ output: 'out', sweepIds: [sweepId] });
    await expect(w.submit(2, 'two')).rejects.toEqual(held);
    await expect(w.store.retry(sweepId)).rejects.toEqual(held);
    await expect(w.store.holdOutput({ sweepId, holder: 'another' })).rejects.toEqual(held);
    expect(await w.submit(1, 'one')).toBe(sweepId); // is there already, and begins nothing
    const elsewhere = { ...planOf({ layers: 1 }), spec: { ...planOf({ layers: 1 }).spec, output: 'elsewhere' } };
    await w.store.submit({ idempotencyKey: 'elsewhere', planJson: JSON.stringify(elsewhere), plan: elsewhere });
    await w.store.freeOutput({ sweepId, holder: 'another' });
    await expect(w.store.retry(sweepId)).rejects.toEqual(held);
    await w.store.holdOutput({ sweepId, holder: 'me' });
    await w.store.freeOutput({ sweepId, holder: 'me' });
    await w.store.retry(sweepId);
    expect((await w.store.sweep(sweepId)).state).toBe('running');
  });

  it('is free when its time is over', async () => {
    const w = worldOf(await postgres.database());
    const sweepId = await w.submit(1, 'one');
    await w.store.cancel(sweepId);
    await w.store.holdOutput({ sweepId, holder: 'me' });
    await sql`UPDATE output_hold SET expires_at = now()`.execute(w.db);
    await w.store.retry(sweepId);
    await expect(w.store.holdOutput({ sweepId, holder: 'me' })).rejects.toMatchObject({ code: 'COORDINATOR_OUTPUT_IN_USE', details: { sweepId, state: 'running' } });
  });

  it('is not to be had while any sweep in it runs or pauses', async () => {
    const w = worldOf(await postgres.database());
    const [over, open] = [await w.submit(1, 'one'), await w.submit(2, 'two')];
    await w.store.cancel(over);
    for (const act of [() => undefined, () => w.store.pause(open)]) {
      await act();
      await expect(w.store.holdOutput({ sweepId: over, holder: 'me' })).rejects.toMatchObject({ code: 'COORDINATOR_OUTPUT_IN_USE', details: { sweepId: open } });
    }
    await w.store.cancel(open);
    expect((await w.store.holdOutput({ sweepId: over, holder: 'me' })).sweepIds).toEqual([over, open]);
    await expect(w.store.holdOutput({ sweepId: 'sw-ffffffffff', holder: 'me' })).rejects.toMatchObject({ code: 'COORDINATOR_SWEEP_NOT_FOUND' });
  });

  it('and a submission at the same moment exclude each other', async () => {
    const w = worldOf(await postgres.database());
    const sweepId = await w.submit(1, 'first');
    await w.store.cancel(sweepId);
    for (let i = 0; i < 10; i++) {
      const [hold, submission] = await Promise.allSettled([w.store.holdOutput({ sweepId, holder: 'me' }), w.submit(1 + i, `race ${i}`)]);
      expect([hold.status, submission.status].toSorted()).toEqual(['fulfilled', 'rejected']);
      await w.store.freeOutput({ sweepId, holder: 'me' });
      if (submission.status === 'fulfilled') await w.store.cancel(submission.value);
    }
  });
});
