import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentKey } from './content-key.js';
import { parseSpec } from './parse-spec.js';
import { planSweep, sweepKey, type ModelFacts } from './plan-sweep.js';
import { specJsonSchema } from './spec-schema.js';

const facts: ModelFacts = {
  sha256: 'ab'.repeat(32),
  name: 'net',
  bytes: 100,
  input: { name: 'data', shape: [1, 3, 32, 32] },
  layers: [
    { id: 'conv1', tensor: 't1', op: 'Conv', site: 'post', units: 16, shape: [1, 16, 32, 32], megaMacs: 1 },
    { id: 'odd', tensor: 't2', op: 'Conv', site: 'post', units: 8, shape: [1, 8, 16, 16], megaMacs: 2, blocked: { code: 'AUTODIFF_NO_RULE', message: 'no rule' } },
    { id: 'fc', tensor: 't3', op: 'Gemm', site: 'pre', units: 10, shape: [1, 10], megaMacs: 3 },
  ],
};
const spec = (units = 'all', channels = 'all', extra = ''): ReturnType<typeof parseSpec> => parseSpec(`
model: { path: net.onnx${extra} }
units: { layers: ${units}, channels: "${channels}" }
views: { synthesis: [{ prior: fourier, objective: channel }] }
output: out
`, { path: 'net.yaml' });

describe('planSweep', () => {
  it('plans every layer, blocked ones too, with all their channels', () => {
    const plan = planSweep(spec(), facts);
    expect(plan).toMatchObject({ version: 1, modelSha256: facts.sha256, modelName: 'net', modelBytes: 100, input: facts.input });
    expect(plan.layers.map((layer) => [layer.id, layer.selected, layer.blocked?.code])).toEqual([
      ['conv1', [[0, 16]], undefined], ['odd', [[0, 8]], 'AUTODIFF_NO_RULE'], ['fc', [[0, 10]], undefined],
    ]);
  });

  it('plans only the layers and channels that the spec names', () => {
    expect(planSweep(spec('[conv1]', '0-3,9'), facts).layers.map((layer) => [layer.id, layer.selected])).toEqual([['conv1', [[0, 4], [9, 10]]]]);
  });

  it('plans a twin where the spec names it, without what it is a twin of', () => {
    const twin = { id: 'conv1.post', tensor: 't1r', op: 'Conv', site: 'post' as const, units: 16, shape: [1, 16, 32, 32], megaMacs: 1, of: [{ layer: 'conv1', start: 0, units: 16 }] };
    expect(planSweep(spec(), { ...facts, twins: [twin] }).layers.map(({ id }) => id)).toEqual(['conv1', 'odd', 'fc']);
    const [planned] = planSweep(spec('[conv1.post]', '3'), { ...facts, twins: [twin] }).layers;
    expect(planned).toEqual({ id: 'conv1.post', tensor: 't1r', op: 'Conv', site: 'post', units: 16, shape: [1, 16, 32, 32], megaMacs: 1, selected: [[3, 4]] });
  });

  it('refuses a channel that one of the layers does not have', () => {
    expect(() => planSweep(spec('all', '0-8'), facts)).toThrow(expect.objectContaining({ code: 'SPEC_CHANNEL_BEYOND_LAYER', details: { range: '0-8', layer: 'odd', units: 8 } }));
  });

  it('refuses a model without layers, and one whose input has another number of channels', () => {
    expect(() => planSweep(spec(), { ...facts, layers: [] })).toThrow(expect.objectContaining({ code: 'SPEC_NO_LAYERS' }));
    expect(() => planSweep(spec('all', 'all', ', preprocess: { color: L }'), facts)).toThrow(expect.objectContaining({
      code: 'SPEC_COLOUR_MISMATCH',
      message: 'preprocess.color L gives 1 channel, input data [1, 3, 32, 32] wants 3',
    }));
  });

  it('gives the same key for the same content and another for any other', () => {
    const key = sweepKey(planSweep(spec(), facts));
    expect(sweepKey(planSweep(spec(), structuredClone(facts)))).toBe(key);
    expect(sweepKey(planSweep({ ...spec(), output: 'elsewhere' }, facts))).not.toBe(key);
    expect(sweepKey(planSweep(spec(), { ...facts, sha256: 'cd'.repeat(32) }))).not.toBe(key);
  });
});

describe('contentKey', () => {
  it('is the sha256 of sorted, blank-free JSON', () => {
    const expected = createHash('sha256').update('{"a":[1,"x",null,true],"b":{"c":0.5}}').digest('hex');
    expect(contentKey({ b: { d: undefined, c: 0.5 }, a: [1, 'x', null, true] })).toBe(expected);
  });

  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(contentKey(turned)).toBe(contentKey(value));
    }));
  });

  it('refuses what JSON would silently change', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, new Map(), 1n, () => 1]) {
      expect(() => contentKey({ list: [value] })).toThrow(expect.objectContaining({ code: 'SPEC_NOT_CANONICAL' }));
    }
  });
});

describe('specJsonSchema', () => {
  it('describes the same fields, and no others', () => {
    const schema = specJsonSchema() as { additionalProperties: boolean; required: string[]; properties: Record<string, unknown> };
    expect(schema.additionalProperties).toBe(false);
    expect(Object.keys(schema.properties)).toEqual(['name', 'model', 'units', 'dataset', 'views', 'quality', 'publish', 'output']);
    expect(schema.required).toEqual(['model', 'views', 'output']);
  });
});
