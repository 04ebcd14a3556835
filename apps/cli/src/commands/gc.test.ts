import { AtlasError } from '@neuron-atlas/errors';
import { describe, expect, it } from 'vitest';
import { fakeOutput, fakeStore, fakeWorld, runCommand } from '../fake-world.fixture.js';
import { gc } from './gc.js';

const hex = (letter: string): string => letter.repeat(16);
const committed = `synthesis/conv1/0-00000-00064-${hex('a')}.parquet`;
const inAtlas = `exemplars/conv1/00000-00064-${hex('b')}.parquet`;
const lost = [`checkpoints/conv1/0-00000-00032-${hex('f')}.parquet`, `partials/conv1/0-10-${hex('d')}.tally`, `synthesis/conv1/0-00000-00064-${hex('c')}.parquet`];
const others = ['model/x.onnx', 'units/conv1.parquet', 'synthesis/mine.parquet', 'notes.txt', `other/conv1/0-${hex('e')}.parquet`];

function place({ atlas = JSON.stringify({ files: [{ path: inAtlas }] }) }: { readonly atlas?: string } = {}) {
  const store = fakeStore('s3://b/out');
  for (const key of [committed, inAtlas, ...lost, ...others]) store.objects.set(key, new Uint8Array(10));
  store.objects.set('atlas.json', new TextEncoder().encode(atlas));
  return store;
}
const clock = { now: 0 };
function worldOf(store: ReturnType<typeof fakeStore>, sweeps: Parameters<typeof fakeWorld>[0] extends { sweeps?: infer S } | undefined ? S : never = {}) {
  const world = fakeWorld({ sweeps: {
    holdOutput: () => ({ output: 's3://b/out', sweepIds: ['s1', 's2'], holdMs: 1000 }), freeOutput: () => ({}),
    getManifest: ({ sweepId }: { readonly sweepId: string }) => ({ objects: sweepId === 's2' ? [{ key: committed }] : [] }), ...sweeps,
  } as never });
  return Object.assign(world, { openStore: async () => store, now: () => clock.now });
}
const options = { id: 's1', coordinator: '127.0.0.1:1' };

describe('gc', () => {
  it('lists what neither a manifest of any sweep there nor the atlas refers to, and touches nothing', async () => {
    const store = place();
    const before = [...store.objects.keys()];
    const world = worldOf(store);
    const out = fakeOutput(true);
    await runCommand(gc, { ...options, delete: false }, world, out);
    expect(out.documents).toEqual([{ sweepId: 's1', output: 's3://b/out', sweeps: ['s1', 's2'], referenced: 2, objects: [...lost.slice(1).toSorted((a, b) => (a < b ? 1 : -1)), lost[0]!].map((key) => ({ key, bytes: 10 })), bytes: 30, removed: false }]);
    expect([...store.objects.keys()]).toEqual(before);
    expect(world.calls.map(({ method }) => method)).toEqual(['holdOutput', 'getManifest', 'getManifest', 'freeOutput']);
  });

  it('removes these with --delete, and nothing that it does not know by its name', async () => {
    const store = place();
    await runCommand(gc, { ...options, delete: true }, worldOf(store));
    expect([...store.objects.keys()].toSorted()).toEqual([committed, inAtlas, ...others, 'atlas.json'].toSorted());
  });

  it('removes nothing when the output is in use, when its atlas cannot be read, and frees what it held', async () => {
    const inUse = new AtlasError({ code: 'COORDINATOR_OUTPUT_IN_USE', message: 'm', help: 'h', grpc: 'FAILED_PRECONDITION', details: {} });
    const store = place();
    const refused = worldOf(store, { holdOutput: () => { throw inUse; } } as never);
    await expect(runCommand(gc, { ...options, delete: true }, refused)).rejects.toMatchObject({ code: 'COORDINATOR_OUTPUT_IN_USE' });
    expect(refused.calls.map(({ method }) => method)).toEqual(['holdOutput']);
    const broken = place({ atlas: '{"files":' });
    const world = worldOf(broken);
    await expect(runCommand(gc, { ...options, delete: true }, world)).rejects.toMatchObject({ code: 'CLI_BAD_ATLAS' });
    expect(world.calls.at(-1)).toMatchObject({ method: 'freeOutput' });
    for (const key of lost) for (const each of [store, broken]) expect(each.objects.has(key)).toBe(true);
  });

  it('looks again at what is referred to when its time has run out on the way', async () => {
    const store = place();
    let holds = 0;
    const remove = store.delete;
    clock.now = 0;
    const world = worldOf(store, {
      holdOutput: () => { holds++; return { output: 's3://b/out', sweepIds: ['s1'], holdMs: 1000 }; },
      getManifest: () => ({ objects: [{ key: committed }, ...(holds > 1 ? [{ key: lost[0] }] : [])] }),
    } as never);
    // The first to go takes the whole hold; meanwhile the other was committed.
    Object.assign(store, { delete: async (key: string) => { clock.now += 900; await remove(key); } });
    await runCommand(gc, { ...options, delete: true }, world);
    expect(holds).toBe(2);
    expect(store.objects.has(lost[0]!)).toBe(true);
    expect(store.objects.has(lost[1]!)).toBe(false);
  });
});
