import type { LayerPlan, SweepPlan } from '@neuron-atlas/spec';
import { describe, expect, it } from 'vitest';
import { plannedBytes } from './planned-bytes.js';

/** Of squeezenet1_1 over 1,000 photographs: units, side of the field in pixels and average bytes of 23 crops a unit, as an atlas had them. */
const measured = [[64, 3, 116], [64, 7, 227], [64, 15, 644], [128, 31, 2132], [128, 47, 4202], [192, 79, 2004], [192, 111, 3381], [256, 143, 4827], [256, 175, 6726], [256, 207, 8078], [1000, 207, 8976]] as const;

function planOf(layers: readonly (readonly [units: number, side: number])[], publish: 'crops' | 'links' = 'crops'): SweepPlan {
  return {
    spec: { publish, views: { exemplars: { top: 9, bottom: 9, quantiles: 5 }, projections: { kinds: ['top'] }, synthesis: [] } },
    input: { name: 'data', shape: [1, 3, 224, 224] },
    layers: layers.map(([units, side]): Partial<LayerPlan> => ({ units, selected: [[0, units]], field: { kind: 'window', size: [side, side], stride: [1, 1], offset: [0, 0] } })),
  } as unknown as SweepPlan;
}

describe('the bytes that a plan foretells', () => {
  it.each(measured)('are within a half of what %i units with a field of %i pixels took', (units, side, average) => {
    const ratio = (plannedBytes(planOf([[units, side]]), 'merge', 1) - units * 600) / (units * 23 * average);
    expect(ratio).toBeGreaterThan(2 / 3);
    expect(ratio).toBeLessThan(1.5);
  });

  it('are those of projections for the kinds that are projected, and none where only links are published', () => {
    const all = planOf([[10, 31]]);
    expect(plannedBytes(all, 'projections', 1) / (plannedBytes(all, 'merge', 1) - 6000)).toBeCloseTo(9 / 23, 3);
    expect(plannedBytes(planOf([[10, 31]], 'links'), 'merge', 1)).toBe(6000);
  });

  it('take a field that is larger than the picture, and one that nobody knows, for the picture', () => {
    const beyond = plannedBytes(planOf([[10, 500]]), 'merge', 1);
    const plan = planOf([[10, 1]]);
    expect(plannedBytes({ ...plan, layers: plan.layers.map((layer) => ({ ...layer, field: undefined })) }, 'merge', 1)).toBe(beyond);
  });
});
