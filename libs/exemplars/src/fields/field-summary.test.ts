import { f32, GraphBuilder, int, type Runtime, sizeOf, specialize, string, upgradeOpset, type Value } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { inceptionV3, resnet50, vgg16 } from '../../test/published-networks.js';
import { placeOf } from './place-of.js';
import { staticGraphOf } from '../../test/static-graph-of.js';
import { boxAt } from './box-at.js';
import { type FieldSummary, summaryOf, windowAt } from './field-summary.js';
import { type Field, receptiveFields } from './receptive-fields.js';

function fieldOf(size: readonly number[], build: (g: GraphBuilder, x: Value) => Value): Field {
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('x', 'f32', [1, 2, ...size]);
  const y = build(g, x);
  return receptiveFields(staticGraphOf(g, x, [y])).get(y.name)!;
}
const ones = (g: GraphBuilder, shape: readonly number[]): Value => g.constant(f32(shape, Array.from({ length: sizeOf(shape) }, () => 1)));
const windowOf = (summary: FieldSummary): unknown => (summary.kind === 'window' ? summary.window : summary.kind);

describe('summaryOf', () => {
  it('gives the published figures of VGG-16, ResNet-50 and Inception-v3', () => {
    expect(windowOf(summaryOf(fieldOf([224, 224], vgg16)))).toEqual({ size: [212, 212], stride: [32, 32], offset: [-90, -90] });
    expect(windowOf(summaryOf(fieldOf([224, 224], resnet50)))).toMatchObject({ size: [483, 483], stride: [32, 32] });
    expect(windowOf(summaryOf(fieldOf([299, 299], inceptionV3)))).toMatchObject({ size: [1311, 1311], stride: [32, 32] });
  });

  it('agrees with the box of every place that is far from the borders, and is cut by them elsewhere', () => {
    const field = fieldOf([256, 256], vgg16);
    const summary = summaryOf(field);
    if (summary.kind !== 'window') expect.fail('no window');
    for (let p = 0; p < 8; p++) {
      const { start: [from], end: [to] } = windowAt(summary.window, [p, p]);
      expect(boxAt(field, [0, 1, p, p])).toEqual({ start: [0, Math.max(0, from!), Math.max(0, from!)], end: [2, Math.min(256, to!), Math.min(256, to!)] });
    }
  });

  it('sees a window behind pads on one side, and negative ones crop', () => {
    const field = fieldOf([9], (g, x) => g.conv(g.pad(x, [0, 0, 2, 0, 0, -1]), ones(g, [1, 2, 3]), undefined, { strides: [2] }));
    expect(windowOf(summaryOf(field))).toEqual({ size: [3], stride: [2], offset: [-2] });
    expect(boxAt(field, [0, 0, 0])).toEqual({ start: [0, 0], end: [2, 1] });
    expect(boxAt(field, [0, 0, 3])).toEqual({ start: [0, 4], end: [2, 7] });
  });

  it('says that all is seen behind a global pool, a dense layer, attention', () => {
    const pooled = fieldOf([8, 8], (g, x) => g.emit('GlobalAveragePool', [x], {}, [{ dtype: 'f32', shape: [1, 2, 1, 1] }])[0]!);
    const dense = fieldOf([8, 8], (g, x) => g.matMul(g.reshape(x, [1, 128]), ones(g, [128, 5])));
    expect([pooled, dense].map((field) => summaryOf(field).kind)).toEqual(['whole', 'whole']);
    expect(boxAt(dense, [0, 4])).toEqual({ start: [0, 0, 0], end: [2, 8, 8] });
  });

  it('does not count what a stride leaves over as seen by a global pool', () => {
    const field = fieldOf([8, 8], (g, x) => g.mean(g.conv(x, ones(g, [1, 2, 1, 1]), undefined, { strides: [3, 3] }), [2, 3]));
    expect(boxAt(field, [0, 0])).toEqual({ start: [0, 0, 0], end: [2, 7, 7] });
    expect(summaryOf(field).kind).toBe('varies');
  });

  it('varies behind an enlargement', () => {
    const attrs = { mode: string('nearest'), coordinate_transformation_mode: string('asymmetric'), nearest_mode: string('floor') };
    const field = fieldOf([6, 6], (g, x) => g.conv(g.emit('Resize', [x, undefined, g.constant(f32([4], [1, 1, 2, 2]))], attrs, [{ dtype: 'f32', shape: [1, 2, 12, 12] }])[0]!, ones(g, [1, 2, 3, 3])));
    expect(summaryOf(field)).toEqual({ kind: 'varies', exact: true });
    expect(boxAt(field, [0, 0, 4, 5])).toEqual({ start: [0, 2, 2], end: [2, 4, 4] });
  });

  it('goes on in blocks behind SpaceToDepth', () => {
    const field = fieldOf([16, 16], (g, x) => g.conv(g.emit('SpaceToDepth', [x], { blocksize: int(2) }, [{ dtype: 'f32', shape: [1, 8, 8, 8] }])[0]!, ones(g, [1, 8, 3, 3]), undefined, { pads: [1, 1, 1, 1] }));
    expect(windowOf(summaryOf(field))).toEqual({ size: [6, 6], stride: [2, 2], offset: [-2, -2] });
    expect(boxAt(field, [0, 0, 3, 3])).toEqual({ start: [0, 4, 4], end: [2, 10, 10] });
  });

  it('names the operator whose field is not known, and takes it to see everything', () => {
    const field = fieldOf([8, 8], (g, x) => g.emit('GridSample', [g.slice(x, [2], [6], [2]), g.constant(f32([1, 3, 3, 2], Array.from({ length: 18 }, () => 0)))], {}, [{ dtype: 'f32', shape: [1, 2, 3, 3] }])[0]!);
    expect(field.bound?.op).toBe('GridSample');
    expect(boxAt(field, [0, 0, 1, 1])).toEqual({ start: [0, 2, 0], end: [2, 6, 8] });
  });

  it('keeps apart what two branches of a Concat see', () => {
    const field = fieldOf([16, 16], (g, x) => g.concat([x, g.conv(x, ones(g, [1, 2, 5, 5]), undefined, { pads: [2, 2, 2, 2] })], 1));
    expect(boxAt(field, [0, 1, 7, 7])).toEqual({ start: [1, 7, 7], end: [2, 8, 8] });
    expect(boxAt(field, [0, 2, 7, 7])).toEqual({ start: [0, 5, 5], end: [2, 10, 10] });
  });

  it('refuses a place that the value has not', () => {
    const field = fieldOf([8, 8], (g, x) => g.relu(x));
    expect(() => boxAt(field, [0, 0, 8, 0])).toThrow(expect.objectContaining({ code: 'EXEMPLARS_BAD_PLACE' }));
    expect(() => boxAt(field, [0, 0, 0])).toThrow(expect.objectContaining({ code: 'EXEMPLARS_BAD_PLACE' }));
  });
});

describe('placeOf', () => {
  it('puts channels second and features of tokens last, and counts places in reading order', () => {
    expect(placeOf([1, 8, 3, 5], { units: 8 }, 2, 7)).toEqual([0, 2, 1, 2]);
    expect(placeOf([1, 197, 192], { units: 192, axis: 2 }, 100, 4)).toEqual([0, 4, 100]);
    expect(placeOf([1, 10], { units: 10 }, 9, 0)).toEqual([0, 9]);
    expect(placeOf([1, 3, 197, 64], { units: 3, kind: 'head' }, 2, 100)).toEqual([0, 2, 100, 0]);
  });

  it('refuses what the layer has not', () => {
    for (const [unit, place] of [[8, 0], [0, 15], [-1, 0]] as const) expect(() => placeOf([1, 8, 3, 5], { units: 8 }, unit, place)).toThrow(expect.objectContaining({ code: 'EXEMPLARS_BAD_PLACE' }));
  });
});

describe('tokens', () => {
  let runtime: Runtime;
  beforeAll(async () => { runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 }); });

  it('see their own patch until they are mixed', async () => {
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('x', 'f32', [1, 3, 8, 12]);
    const patches = g.conv(x, ones(g, [4, 3, 4, 4]), undefined, { strides: [4, 4] });
    const tokens = g.concat([g.constant(f32([1, 1, 4], [0, 0, 0, 0])), g.transpose(g.reshape(patches, [1, 4, 6]), [0, 2, 1])], 1);
    const query = g.matMul(tokens, ones(g, [4, 4]));
    const scores = g.matMul(query, g.transpose(query, [0, 2, 1]));
    const mixed = g.add(tokens, g.matMul(g.emit('Softmax', [scores], { axis: int(-1) }, [{ dtype: 'f32', shape: scores.shape }])[0]!, query));
    const model = { irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('test', [query, mixed]) };
    const fields = receptiveFields(await specialize(upgradeOpset(model), { input: 'x', shape: [1, 3, 8, 12], outputs: [query.name, mixed.name], runtime }));
    const [before, after] = [fields.get(query.name)!, fields.get(mixed.name)!];
    // Token 0 is a constant, token 4 the first patch of the second row.
    expect(boxAt(before, [0, 0, 2])).toBeUndefined();
    expect(boxAt(before, [0, 4, 2])).toEqual({ start: [0, 4, 0], end: [3, 8, 4] });
    expect(boxAt(after, [0, 4, 2])).toEqual({ start: [0, 0, 0], end: [3, 8, 12] });
    expect([summaryOf(before).kind, summaryOf(after).kind]).toEqual(['varies', 'whole']);
  });
});
