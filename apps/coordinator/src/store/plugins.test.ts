import { describe, expect, it } from 'vitest';
import { planOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { worldOf, type World } from '../testing/world.js';

const postgres = testPostgres();
const world = async (): Promise<World> => worldOf(await postgres.database());

const register = async ({ store }: World, agentId: string, plugins: readonly string[]): Promise<string> =>
  (await store.register({ agentId, incarnation: agentId, node: 'here', provider: 'cpu', device: 'a CPU', version: '0', plugins })).session;
const submit = async ({ store }: World, key: string, plugins: readonly string[]): Promise<{ sweepId: string; existed: boolean }> => {
  const plan = { ...planOf({ layers: 2, name: key }), plugins };
  return store.submit({ idempotencyKey: key, planJson: JSON.stringify(plan), plan });
};

describe('a sweep that needs plugins', () => {
  it('is refused while agents are here and none of them has all, and leaves nothing behind', async () => {
    const w = await world();
    await register(w, 'plain', ['prior/fourier@1']);
    await register(w, 'near', ['prior/fourier@1', 'prior/mirror@1']);
    const needed = ['objective/theirs@1', 'prior/mirror@1'];
    await expect(submit(w, 'k', needed)).rejects.toMatchObject({ code: 'COORDINATOR_NO_AGENT_HAS', message: 'none of the 2 agents that are here has objective/theirs@1' });
    expect(await w.store.sweeps()).toEqual([]);
    await register(w, 'able', needed);
    expect(await submit(w, 'k', needed)).toMatchObject({ existed: false });
  });

  it('asks for the version that it was planned with', async () => {
    const w = await world();
    await register(w, 'older', ['prior/fourier@1']);
    await expect(submit(w, 'k', ['prior/fourier@2'])).rejects.toMatchObject({ code: 'COORDINATOR_NO_AGENT_HAS' });
  });

  it('waits where no agent is here yet, and is found again when those that are have not what it needs', async () => {
    const w = await world();
    const { sweepId } = await submit(w, 'k', ['prior/mirror@1']);
    await register(w, 'plain', []);
    expect(await submit(w, 'k', ['prior/mirror@1'])).toEqual({ sweepId, existed: true });
  });

  it('is leased to agents that have them all, and others go on to what they can do', async () => {
    const w = await world();
    const special = (await submit(w, 'special', ['objective/channel@1', 'prior/mirror@1'])).sweepId;
    const usual = (await submit(w, 'usual', ['objective/channel@1'])).sweepId;
    const plain = await register(w, 'plain', ['objective/channel@1', 'prior/fourier@1']);
    expect((await w.lease(plain, 4)).map((lease) => lease.sweepId)).toEqual([usual, usual]);
    const able = await register(w, 'able', ['objective/channel@1', 'prior/fourier@1', 'prior/mirror@1']);
    expect((await w.lease(able, 4)).map((lease) => lease.sweepId)).toEqual([special, special]);
  });
});
