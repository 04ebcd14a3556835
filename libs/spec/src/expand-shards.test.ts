import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandLot, expandLots, expandShards, targetShardCost } from './expand-shards.js';
import type { LayerPlan, SweepPlan } from './plan.js';
import type { SynthesisView } from './spec.js';

const view = (changes: Partial<SynthesisView> = {}): SynthesisView => ({
  prior: 'fourier', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 64, size: 128, seeds: [0], learningRate: 0.05, batch: 8, ...changes,
});
const layer = (id: string, changes: Partial<LayerPlan> = {}): LayerPlan => ({
  id, tensor: id, op: 'Conv', site: 'pre', units: 64, shape: [1, 64, 55, 55], selected: [[0, 64]], megaMacs: 20, ...changes,
});
const planOf = (layers: readonly LayerPlan[], views: readonly SynthesisView[] = [view()]): SweepPlan => ({
  version: 1,
  spec: {
    name: 'test', output: 'out', units: { layers: 'all', channels: 'all' }, views: { synthesis: views },
    model: { path: 'm.onnx', preprocess: { mean: [0], std: [1], range: [0, 1], color: 'RGB' } },
  },
  modelSha256: 'a'.repeat(64), modelName: 'm', modelBytes: 1, input: { name: 'x', shape: [1, 3, 224, 224] }, layers,
});

describe('expandShards', () => {
  it('begins with ranges of the data set that cover it once, then merges every layer, blocked ones too', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100_000 }), fc.option(fc.integer({ min: 100, max: 5000 }), { nil: undefined }), (samples, shard) => {
      const plan = planOf([layer('a'), layer('b', { blocked: { code: 'X', message: 'x' } })]);
      const natural: SweepPlan = { ...plan, dataset: { location: '/x', index: 'b'.repeat(64), samples }, spec: { ...plan.spec, dataset: { path: 'x', shard }, views: { ...plan.spec.views, exemplars: { top: 9, bottom: 9, quantiles: 5, effective: ['top'], batch: 8 } } } };
      const shards = [...expandShards(natural)];
      const ranges = shards.filter(({ stage }) => stage === 'exemplars');
      expect(ranges.map(({ unitStart }) => unitStart)).toEqual([0, ...ranges.slice(0, -1).map(({ unitEnd }) => unitEnd)]);
      expect(ranges.at(-1)!.unitEnd).toBe(samples);
      if (shard !== undefined) expect(Math.max(...ranges.map(({ unitStart, unitEnd }) => unitEnd - unitStart))).toBe(Math.min(shard, samples));
      expect(shards.filter(({ stage }) => stage === 'merge').map(({ layer: id }) => id)).toEqual(['a', 'b']);
      expect(shards.map(({ seq }) => seq)).toEqual(shards.map((_, i) => i));
      expect(shards.filter(({ stage }) => stage === 'synthesis' || stage === 'publish').map(({ seq: _, ...rest }) => rest)).toEqual([...expandShards(plan)].map(({ seq: _, ...rest }) => rest));
    }), { numRuns: 50 });
  });

  it('projects all selected units of layers that a gradient reaches, after all merges and before synthesis', () => {
    const plan = planOf([layer('a', { units: 700, selected: [[3, 200], [300, 700]] }), layer('b', { blocked: { code: 'X', message: 'x' } }), layer('c', { megaMacs: 4000 })]);
    const views = { ...plan.spec.views, exemplars: { top: 9, bottom: 9, quantiles: 5, effective: ['top'], batch: 8 }, projections: { method: 'guided', seed: 'one', kinds: ['top', 'quantile'], batch: 8 } } as const;
    const shards = [...expandShards({ ...plan, dataset: { location: '/x', index: 'b'.repeat(64), samples: 10 }, spec: { ...plan.spec, dataset: { path: 'x' }, views } })];
    expect([...new Set(shards.map(({ stage }) => stage))]).toEqual(['exemplars', 'merge', 'projections', 'synthesis', 'publish']);
    expect(shards.map(({ seq }) => seq)).toEqual(shards.map((_, i) => i));
    const projected = shards.filter(({ stage }) => stage === 'projections');
    expect(projected.flatMap(({ layer: id, unitStart, unitEnd }) => Array.from({ length: unitEnd - unitStart }, (_, i) => `${id}/${unitStart + i}`)))
      .toEqual([...Array.from({ length: 700 }, (_, i) => i).filter((i) => i >= 3 && (i < 200 || i >= 300)).map((i) => `a/${i}`), ...Array.from({ length: 64 }, (_, i) => `c/${i}`)]);
    for (const { unitStart, unitEnd, cost } of projected) expect(unitEnd - unitStart === 1 || cost <= targetShardCost).toBe(true);
  });

  it('measures all selected units of layers that a gradient reaches, after synthesis, where the spec asks for it', () => {
    const plan = planOf([layer('a', { units: 1200, selected: [[3, 200], [300, 1200]] }), layer('b', { blocked: { code: 'X', message: 'x' } }), layer('c', { megaMacs: 4000 })]);
    const views = { ...plan.spec.views, exemplars: { top: 9, bottom: 9, quantiles: 5, effective: ['top'], batch: 8 } } as const;
    const shards = [...expandShards({ ...plan, dataset: { location: '/x', index: 'b'.repeat(64), samples: 10 }, spec: { ...plan.spec, dataset: { path: 'x' }, views, quality: { trials: 20, references: 9, batch: 8 } } })];
    expect([...new Set(shards.map(({ stage }) => stage))]).toEqual(['exemplars', 'merge', 'synthesis', 'quality', 'publish']);
    const measured = shards.filter(({ stage }) => stage === 'quality');
    expect(measured.flatMap(({ layer: id, unitStart, unitEnd }) => Array.from({ length: unitEnd - unitStart }, (_, i) => `${id}/${unitStart + i}`)))
      .toEqual([...Array.from({ length: 1200 }, (_, i) => i).filter((i) => i >= 3 && (i < 200 || i >= 300)).map((i) => `a/${i}`), ...Array.from({ length: 64 }, (_, i) => `c/${i}`)]);
    for (const { unitStart, unitEnd, cost } of measured) expect(unitEnd - unitStart === 1 || cost <= targetShardCost).toBe(true);
  });

  it('covers every selected unit of every view exactly once, in order, in whole batches', () => {
    const ranges = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 3000 })), { minLength: 1, maxLength: 4 })
      .map((gaps) => {
        let at = 0;
        return gaps.map(([gap, length]) => { const start = at + gap; at = start + length; return [start, at] as const; });
      });
    const layers = fc.array(fc.record({ selected: ranges, megaMacs: fc.double({ min: 0, max: 4000, noNaN: true }), blocked: fc.boolean() }), { maxLength: 4 });
    const views = fc.array(fc.record({ batch: fc.integer({ min: 1, max: 64 }), steps: fc.integer({ min: 1, max: 2000 }) }), { minLength: 1, maxLength: 3 });
    fc.assert(fc.property(layers, views, (someLayers, someViews) => {
      const plan = planOf(
        someLayers.map((l, i) => layer(`l${i}`, { ...l, blocked: l.blocked ? { code: 'X', message: 'x' } : undefined })),
        someViews.map((v) => view(v)),
      );
      const shards = [...expandShards(plan)];
      expect(shards.map((s) => s.seq)).toEqual(shards.map((_, i) => i));
      expect(shards.at(-1)).toMatchObject({ stage: 'publish', layer: '', unitStart: 0, unitEnd: 0, view: 0 });
      const wanted = plan.spec.views.synthesis.flatMap((_, v) => plan.layers.filter((l) => l.blocked === undefined)
        .flatMap((l) => l.selected.map(([start, end]) => `${v} ${l.id} ${start} ${end}`)));
      // Joined end to end, the shards of a range give that range again: no gap, no overlap, no change of order.
      const joined: { key: string; start: number; end: number }[] = [];
      for (const s of shards.slice(0, -1)) {
        const last = joined.at(-1);
        const { batch } = plan.spec.views.synthesis[s.view]!;
        if (last?.key === `${s.view} ${s.layer}` && last.end === s.unitStart && (s.unitStart - last.start) % batch === 0
          && !wanted.includes(`${last.key} ${last.start} ${last.end}`)) last.end = s.unitEnd;
        else joined.push({ key: `${s.view} ${s.layer}`, start: s.unitStart, end: s.unitEnd });
      }
      expect(joined.map((j) => `${j.key} ${j.start} ${j.end}`)).toEqual(wanted);
    }), { numRuns: 200 });
  });

  it('sizes a shard to the target, never below one batch', () => {
    // SqueezeNet 1.1's last layer: 349 M multiply-adds at 224; at 128 px and 64 steps 349e-3 · (128/224)² · 3 · 64 = 21.9 a unit,
    // and 4,200 a pixel and step beside it: 4.4
    const [first] = expandShards(planOf([layer('conv10', { units: 1000, selected: [[0, 1000]], megaMacs: 349 })]));
    expect(first).toMatchObject({ unitStart: 0, unitEnd: 88 });
    expect(first!.cost).toBeCloseTo(88 * 64 * (0.349 * (128 / 224) ** 2 * 3 + 4200e-9 * 128 ** 2), 6);
    expect(first!.cost).toBeLessThanOrEqual(targetShardCost);
    const dear = [...expandShards(planOf([layer('dear', { megaMacs: 1e6 })]))];
    expect(dear.slice(0, 2).map((s) => [s.unitStart, s.unitEnd])).toEqual([[0, 8], [8, 16]]);
  });

  it('gives only the publish shard where every layer is blocked', () => {
    expect([...expandShards(planOf([layer('a', { blocked: { code: 'X', message: 'x' } })]))]).toEqual([
      { seq: 0, stage: 'publish', layer: '', unitStart: 0, unitEnd: 0, view: 0, cost: 0 },
    ]);
  });

  it('is lazy: the first shards of a sweep of 10^12 units come at once', () => {
    const shards = expandShards(planOf([layer('vast', { selected: [[0, 1e12]] })]));
    expect(shards.next().value).toMatchObject({ seq: 0, unitStart: 0 });
  });
});

describe('expandLots', () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 300 }));
  const layers = fc.array(fc.record({ ranges: fc.array(range, { minLength: 0, maxLength: 3 }), megaMacs: fc.integer({ min: 0, max: 20_000 }), blocked: fc.boolean() }), { minLength: 1, maxLength: 5 });

  it('counts what expandShards gives, and expandLot gives any stretch of it', () => {
    fc.assert(fc.property(layers, fc.integer({ min: 1, max: 2 }), fc.boolean(), fc.nat(40), fc.nat(40), (drawn, views, natural, first, count) => {
      const planned = planOf(drawn.map(({ ranges, megaMacs, blocked }, i) => {
        let at = 0;
        const selected = ranges.map(([gap, length]): readonly [number, number] => { const start = at + gap; at = start + length; return [start, at]; });
        return layer(`l${i}`, { units: Math.max(1, at), selected, megaMacs, ...(blocked ? { blocked: { code: 'X', message: 'x' } } : {}) });
      }), Array.from({ length: views }, () => view()));
      const plan: SweepPlan = !natural ? planned : {
        ...planned, dataset: { location: '/x', index: 'b'.repeat(64), samples: 7777 },
        spec: { ...planned.spec, dataset: { path: 'x' }, quality: { trials: 20, references: 9, batch: 8 }, views: { ...planned.spec.views, exemplars: { top: 9, bottom: 9, quantiles: 5, effective: ['top'], batch: 8 }, projections: { method: 'guided', seed: 'one', kinds: ['top'], batch: 8 } } },
      };
      const shards = [...expandShards(plan)];
      const lots = [...expandLots(plan)];
      expect(lots.flatMap((lot) => [...expandLot(plan, lot, 0, lot.shards)])).toEqual(shards);
      for (const lot of lots) {
        const own = shards.slice(lot.seq, lot.seq + lot.shards);
        expect([...expandLot(plan, lot, first, count)]).toEqual(own.slice(first, first + count));
        expect(own.reduce((sum, { unitStart, unitEnd }) => sum + unitEnd - unitStart, 0)).toBe(lot.units);
        expect(own.reduce((sum, { cost }) => sum + cost, 0)).toBeCloseTo(lot.cost, 3);
      }
      expect(new Set(lots.map(({ stage, layer: id, view: of }) => `${stage} ${id} ${of}`)).size).toBe(lots.length);
    }), { numRuns: 100 });
  });

  it('takes ten million units as it takes ten', () => {
    const plan = planOf(Array.from({ length: 10 }, (_, i) => layer(`l${i}`, { units: 1_000_000, selected: [[0, 1_000_000]], megaMacs: 4000 })));
    const lots = [...expandLots(plan)];
    expect(lots).toHaveLength(11);
    expect(lots.at(-1)).toMatchObject({ stage: 'publish', shards: 1, units: 0, cost: 0, seq: lots.slice(0, -1).reduce((sum, { shards }) => sum + shards, 0) });
    expect(lots.reduce((sum, { units }) => sum + units, 0)).toBe(10_000_000);
    const [shard] = expandLot(plan, lots[9]!, lots[9]!.shards - 1, 10);
    expect(shard).toMatchObject({ seq: lots[10]!.seq - 1, layer: 'l9', unitEnd: 1_000_000 });
  });
});
