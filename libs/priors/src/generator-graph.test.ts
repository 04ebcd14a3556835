import { f32, GraphBuilder, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { fixedGeneratorFile, generatorFile, singleGeneratorFile, smallCanvas } from './generator.fixture.js';
import { areaAverage } from './area-average.js';
import { onCanvas, rawPicture, readGenerator, type Fit } from './generator-graph.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const made = { 'neuron-atlas.encoder': 'ab'.repeat(32), 'neuron-atlas.code': 'pool4' };
const read = (files: Readonly<Record<string, Uint8Array>>, { canvas = smallCanvas, fit = 'crop' as Fit } = {}) =>
  readGenerator('generator', canvas, (param) => files[param]!, runtime, { withRange: files['range'] !== undefined, fit });
const range = (changes: Readonly<Record<string, unknown>> = {}): Uint8Array => text({ encoder: made['neuron-atlas.encoder'], layer: 'pool4', lower: 0, upper: 1, ...changes });

describe('readGenerator', () => {
  it('takes the range of its own layer, and one that does not say whose it is', async () => {
    await expect(read({ model: generatorFile(made), range: range() })).resolves.toMatchObject({ code: [6], upper: Float32Array.of(1, 1, 1, 1, 1, 1) });
    await expect(read({ model: generatorFile(), range: range() })).resolves.toBeDefined();
    await expect(read({ model: generatorFile(made), range: text({ lower: 0, upper: 1 }) })).resolves.toBeDefined();
  });

  it('refuses the range of another layer, of another network, and of another size', async () => {
    await expect(read({ model: generatorFile(made), range: range({ layer: 'pool2' }) })).rejects.toMatchObject({ code: 'PRIORS_CODE_RANGE_OTHER', message: expect.stringContaining('pool2') as string });
    await expect(read({ model: generatorFile(made), range: range({ encoder: 'cd'.repeat(32) }) })).rejects.toMatchObject({ code: 'PRIORS_CODE_RANGE_OTHER' });
    await expect(read({ model: generatorFile(made), range: range({ upper: [1, 2] }) })).rejects.toMatchObject({ code: 'PRIORS_BAD_FILE', details: { param: 'range' } });
  });

  it('opens a batch that is fixed at one, and says where it cannot be opened', async () => {
    const { graph } = await read({ model: fixedGeneratorFile() });
    expect(graph.types.get('out')!.shape).toEqual([2, 3, 8, 8]);
    await expect(read({ model: singleGeneratorFile() })).rejects.toMatchObject({ code: 'PRIORS_BAD_FILE', message: expect.stringContaining('batch is fixed at one') as string });
    await expect(read({ model: singleGeneratorFile() }, { canvas: { ...smallCanvas, batch: 1 } })).resolves.toMatchObject({ code: [6] });
  });

  it('refuses a canvas that would show only the middle of its pictures, unless they are resized', async () => {
    const canvas = { ...smallCanvas, height: 4, width: 4 };
    await expect(read({ model: generatorFile() }, { canvas })).rejects.toMatchObject({ code: 'PRIORS_BAD_CANVAS', message: expect.stringContaining('fit to resize') as string });
    await expect(read({ model: generatorFile() }, { canvas, fit: 'resize' })).resolves.toBeDefined();
  });
});

describe('rawPicture', () => {
  it('leaves the names free that an ascent gives its own values', async () => {
    const generator = await read({ model: generatorFile() });
    const g = new GraphBuilder({ opset: 18 });
    const picture = rawPicture(g, generator, g.input('latent', 'f32', [2, 6]));
    const named = g.emit('Identity', [picture], {}, [{ dtype: 'f32', shape: picture.shape, name: 'out' }])[0]!;
    expect(() => g.build('ascent', [named])).not.toThrow();
  });
});

describe('onCanvas', () => {
  it('cuts out the middle, or averages areas down to the canvas', async () => {
    const pixels = Array.from({ length: 16 }, (_, i) => i);
    for (const [fit, wanted] of [['crop', [5, 6, 9, 10]], ['resize', [2.5, 4.5, 10.5, 12.5]]] as const) {
      const g = new GraphBuilder({ opset: 18 });
      const raw = g.constant(f32([1, 1, 4, 4], pixels));
      expect((await runtimeOf(g, onCanvas(g, raw, { batch: 1, channels: 1, height: 2, width: 2 }, { black: 0, white: 1, fit })))).toEqual(wanted);
    }
  });

  it('gives every place the same weight where sides do not divide', () => {
    const { data } = areaAverage(5, 3);
    const rows = [0, 1, 2].map((o) => Array.from(data as Float32Array).slice(o * 5, o * 5 + 5));
    for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1);
    for (const i of [0, 1, 2, 3, 4]) expect(rows.reduce((sum, row) => sum + row[i]!, 0)).toBeCloseTo(3 / 5);
  });
});

async function runtimeOf(g: GraphBuilder, value: Parameters<GraphBuilder['build']>[1][number]): Promise<number[]> {
  await using session = await runtime.load(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('canvas', [value]) }));
  const out = await session.run({});
  return Array.from(Object.values(out)[0]!.data as Float32Array);
}
