import { describe, expect, it } from 'vitest';
import { planOf } from '../testing/plan.js';
import { parsePlan } from './plan-schema.js';

/** A good plan with one thing changed, at a path such as `spec.views.synthesis.0.steps`. */
function changed(path: string, value: unknown): string {
  const plan = structuredClone(planOf()) as unknown;
  const parts = path.split('.');
  const last = parts.pop()!;
  const at = parts.reduce<unknown>((where, part) => (where as Record<string, unknown>)[part], plan);
  (at as Record<string, unknown>)[last] = value;
  return JSON.stringify(plan);
}

describe('parsePlan', () => {
  it('takes a plan as it is', () => {
    expect(parsePlan(JSON.stringify(planOf()))).toEqual(planOf());
  });

  it('takes steps for dead units', () => {
    const plan = changed('spec.views.synthesis.0.letThrough', 16);
    expect(parsePlan(plan)).toEqual(JSON.parse(plan));
  });

  it.each([
    ['version', 2, 'version'],
    ['modelSha256', 'AB', 'modelSha256'],
    ['modelSha256', `../${'a'.repeat(61)}`, 'modelSha256'],
    ['dataset', { location: '/data', index: `../../${'a'.repeat(58)}`, samples: 1 }, 'dataset.index'],
    ['dataset', { location: '/data\0', index: 'a'.repeat(64), samples: 1 }, 'dataset.location'],
    ['dataset', { location: '/data', index: 'a'.repeat(64), samples: 1e12 }, 'dataset.samples'],
    ['layers.1.id', 'a\n/../b', 'layers[1].id'],
    ['spec.name', '', 'spec.name'],
    ['spec.output', 'a\0b', 'spec.output'],
    ['spec.views.synthesis', [], 'spec.views.synthesis'],
    ['spec.views.projections', { method: 'deconvnet', seed: 'one', kinds: ['top'], batch: 8 }, 'spec.views.projections'],
    ['spec.views.projections', { method: 'magic', seed: 'one', kinds: ['top'], batch: 8 }, 'spec.views.projections.method'],
    ['spec.views.synthesis.0.steps', 0, 'spec.views.synthesis[0].steps'],
    ['spec.views.synthesis.0.batch', 1.5, 'spec.views.synthesis[0].batch'],
    ['spec.views.synthesis.0.seeds', [], 'spec.views.synthesis[0].seeds'],
    ['spec.views.synthesis.0.letThrough', 0, 'spec.views.synthesis[0].letThrough'],
    ['spec.views.synthesis.0.surprise', 1, 'spec.views.synthesis[0]'],
    ['layers.1.id', 'conv0', 'layers'],
    ['layers.1.selected', [[3, 3]], 'layers[1].selected[0]'],
    ['layers.1.selected', [[0, 4], [3, 5]], 'layers[1].selected'],
    ['layers.1.selected', [[-1, 4]], 'layers[1].selected[0][0]'],
    ['layers.1.selected', [[0, 65]], 'layers[1].selected'],
    ['layers.1.units', 1e12, 'layers[1].units'],
    ['layers.1.megaMacs', -1, 'layers[1].megaMacs'],
    ['layers', null, 'layers'],
  ])('names the field: %s = %j', (path, value, field) => {
    expect(() => parsePlan(changed(path, value))).toThrow(expect.objectContaining({ code: 'COORDINATOR_BAD_PLAN', details: { field, reason: expect.any(String) } }));
  });

  it.each(['', '{', '[]', 'null', '"x"'])('refuses what is no plan at all: %j', (json) => {
    expect(() => parsePlan(json)).toThrow(expect.objectContaining({ code: 'COORDINATOR_BAD_PLAN', details: expect.objectContaining({ field: 'plan_json' }) }));
  });
});
