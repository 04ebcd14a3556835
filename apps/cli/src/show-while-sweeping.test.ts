import { describe, expect, it } from 'vitest';
import type { SweepPlan } from '@neuron-atlas/spec';
import { fakeReport, fakeStore, fakeWorld, sweepStatus } from './fake-world.fixture.js';
import { loadPlan } from './load-plan.js';
import { removePartial, showWhileSweeping, type ShowOptions } from './show-while-sweeping.js';

const spec = 'model: { path: net.onnx }\nviews: { synthesis: [{ prior: fourier, objective: channel, size: 64 }] }\noutput: out\n';
const planOf = async (): Promise<SweepPlan> => (await loadPlan(fakeWorld({ texts: { '/work/net.yaml': spec }, model: fakeReport() }), { spec: 'net.yaml' }, new AbortController().signal)).plan;
const soon = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 20); });
const doing = (shardsDone: number) => sweepStatus({ stages: [{ ...sweepStatus().stages[0]!, shardsDone }] });

const world = async (changes: Partial<ShowOptions> = {}) => {
  const store = fakeStore('/work/out');
  let time = 0;
  const asked: number[] = [];
  const notes: string[] = [];
  const showing = showWhileSweeping({
    sweeps: { getManifest: async () => { asked.push(time); return { objects: [] }; } }, sweepId: 's1', plan: await planOf(), store, now: () => time, note: (line) => notes.push(line), ...changes,
  });
  return { store, asked, notes, showing, at: (ms: number) => { time = ms; } };
};

describe('showWhileSweeping', () => {
  it('writes at once, and again when more is done, but not all the time', async () => {
    const { store, asked, showing, at } = await world();
    showing.update(doing(0));
    await soon();
    expect([...store.objects.keys()].sort()).toEqual(['partial/index.json', 'partial/index/conv1.json', 'partial/index/conv2.json']);
    showing.update(doing(1));          // too soon
    at(10_000);
    showing.update(doing(0));          // nothing new
    showing.update(doing(2));
    await soon();
    expect(asked).toEqual([0, 10_000]);
    await showing.end(false);
    expect(store.objects.size).toBe(3);
  });

  it('leaves nothing behind a sweep that is done, and nothing of an earlier one', async () => {
    const { store, showing } = await world();
    showing.update(doing(1));
    await soon();
    await showing.end(true);
    expect([...store.objects.keys()]).toEqual([]);
    const earlier = await world();
    earlier.showing.update(doing(1));
    await soon();
    await removePartial(earlier.store, await planOf());
    expect([...earlier.store.objects.keys()]).toEqual([]);
  });

  it('says once that it cannot, and lets the sweep go on', async () => {
    let asked = 0;
    const { notes, showing, at } = await world({ sweeps: { getManifest: async () => { asked++; throw new Error('not allowed'); } } });
    showing.update(doing(0));
    await soon();
    at(60_000);
    showing.update(doing(3));
    await soon();
    expect(asked).toBe(1);
    expect(notes).toEqual(['the viewer cannot show this sweep before its end: not allowed']);
    await showing.end(false);
  });
});
