import { fileURLToPath } from 'node:url';
import { f32, GraphBuilder, readModel, writeModel } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { fakeOutput, fakeWorld, runCommand, type FakeWorld } from '../fake-world.fixture.js';
import { errors } from '../errors.js';
import { modelReport } from '../model-facts.js';
import type { ModelReport } from '../model-report.js';
import { train } from './train.js';

const demo = fileURLToPath(new URL('../../../../examples/demo/demo.onnx', import.meta.url));
const spec = (changes = '', code = 'pool4'): string => [
  `encoder: { path: demo.onnx, code: ${code}, groups: [8, 8, 8], preprocess: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } }`,
  'pictures: { drawn: demo, count: 48, heldOut: 6, validation: 4 }', 'size: 32', 'width: 2', 'batch: 4', 'steps: 6', 'every: 2', changes, 'output: made', '',
].join('\n');
const options = { topic: 'generator', spec: 'generator.yaml', output: undefined, steps: undefined, generator: undefined, schema: false } as const;

let report: ModelReport;
beforeAll(async () => { report = await modelReport(await loadModelFile(demo), 'demo.onnx', await createNodeRuntime({ provider: 'cpu', threads: 1 })); });
const worldOf = (text = spec()): FakeWorld => ({ ...fakeWorld({ model: report, texts: { '/work/generator.yaml': text } }), cores: 1 });
const file = (world: FakeWorld, name: string): Buffer => Buffer.from(world.files.get(`/work/made/${name}`)!);

describe('train generator', () => {
  it('writes a generator, its range, a sheet and a record, and prints the measures beside the nearest picture', async () => {
    const [world, out] = [worldOf(), fakeOutput()];
    await runCommand(train, options, world, out);
    expect([...world.files.keys()].map((path) => path.replace('/work/made/', '')).sort()).toEqual(['checkpoint.bin', 'code-range.json', 'generator.onnx', 'reconstructions.png', 'training-record.json']);
    const model = readModel(file(world, 'generator.onnx'), { name: 'generator.onnx' });
    expect(model.graph).toMatchObject({ inputs: [{ shape: ['N', 64, 8, 8] }], outputs: [{ shape: ['N', 3, 32, 32] }] });
    expect(Object.fromEntries(model.metadata)).toMatchObject({ 'neuron-atlas.encoder': report.facts.sha256, 'neuron-atlas.code': 'pool4' });
    const range = JSON.parse(file(world, 'code-range.json').toString()) as { lower: number[]; upper: number[]; rectified: boolean; encoder: string };
    expect(range).toMatchObject({ encoder: report.facts.sha256, rectified: true, sigmas: 3, pictures: 38 });
    expect([range.lower.length, range.upper.length]).toEqual([4096, 4096]);
    expect(await sharp(file(world, 'reconstructions.png')).metadata()).toMatchObject({ format: 'png', width: 6 * 98 + 2, height: 3 * 98 + 2 });
    const record = JSON.parse(file(world, 'training-record.json').toString()) as { heldOut: { pictures: number; nearest: unknown }; curve: unknown[]; steps: number };
    expect(record).toMatchObject({ steps: 6, pictures: { count: 48, learnedFrom: 38, heldOut: 6 }, heldOut: { pictures: 6, nearest: { among: 38 } } });
    expect(record.curve).toHaveLength(3);
    expect(out.lines.join('\n')).toMatch(/6 held-out pictures +G\(E\(x\)\) +nearest of 38[^]*image error[^]*same class: all/);
    expect(out.notes.join('\n')).toMatch(/step 2 of 6 \(33 %\): image \d+\.\d %, feature \d+\.\d % of the variance, .*to go/);
  });

  it('gives the same files when it was stopped after a checkpoint and given again, and starts nothing where it is complete', async () => {
    const whole = worldOf();
    await runCommand(train, options, whole, fakeOutput());
    const stopped = worldOf(), stop = new AbortController();
    const stopping = { ...stopped, writeFile: async (path: string, content: Uint8Array) => { stopped.files.set(path, content); stop.abort(new Error('stopped')); } };
    await expect(runCommand(train, options, stopping, fakeOutput(), stop.signal)).rejects.toThrow('stopped');
    expect([...stopped.files.keys()]).toEqual(['/work/made/checkpoint.bin']);
    await runCommand(train, options, stopped, fakeOutput());
    expect([...stopped.files].sort()).toEqual([...whole.files].sort());

    const out = fakeOutput();
    await runCommand(train, options, { ...stopped, openRuntime: () => Promise.reject(new Error('was started')) }, out);
    expect(out.documents).toMatchObject([{ wasComplete: true, record: { steps: 6 } }]);
  });

  it('refuses to go on in the folder of another training', async () => {
    const world = worldOf();
    await runCommand(train, options, world, fakeOutput());
    const other = { ...world, readText: async () => spec('learningRate: 0.1') };
    await expect(runCommand(train, options, other, fakeOutput())).rejects.toMatchObject({ code: 'CLI_OTHER_TRAINING' });
    world.files.delete('/work/made/training-record.json');
    await expect(runCommand(train, options, other, fakeOutput())).rejects.toMatchObject({ code: 'TRAINING_CHECKPOINT_OTHER' });
  });

  it('takes a dense code, a global pool and a layer by its id', async () => {
    for (const [code, shape] of [['logits', [24]], ['mean', [96, 1, 1]], ['conv5', [96, 8, 8]]] as const) {
      const world = worldOf(spec('', code));
      await runCommand(train, { ...options, steps: 1 }, world, fakeOutput());
      expect(readModel(file(world, 'generator.onnx'), { name: 'generator.onnx' }).graph.inputs[0]!.shape, code).toEqual(['N', ...shape]);
    }
  });

  it('ends with the last good checkpoint in place where the disk is full', async () => {
    const world = worldOf();
    let writes = 0;
    const full = { ...world, writeFile: async (path: string, content: Uint8Array) => { if (++writes === 2) throw errors.fileUnwritable({ path, reason: 'ENOSPC: no space left on device' }); await world.writeFile(path, content); } };
    await expect(runCommand(train, options, full, fakeOutput())).rejects.toMatchObject({ code: 'CLI_FILE_UNWRITABLE', details: { path: '/work/made/checkpoint.bin' } });
    const [freed, whole] = [world, worldOf()];
    await runCommand(train, options, freed, fakeOutput());
    await runCommand(train, options, whole, fakeOutput());
    expect(file(freed, 'generator.onnx').equals(file(whole, 'generator.onnx'))).toBe(true);
  });

  it('names what does not fit: layers, one picture, groups, colours, the spec', async () => {
    const run = (text: string, changes: Partial<Parameters<typeof runCommand>[1] & object> = {}): Promise<void> => runCommand(train, { ...options, ...changes }, worldOf(text), fakeOutput());
    await expect(run(spec('', 'pool44'))).rejects.toMatchObject({ code: 'CLI_UNKNOWN_CODE', details: { near: expect.arrayContaining(['pool4']) as unknown } });
    await expect(run(spec().replace('count: 48, heldOut: 6, validation: 4', 'count: 1'))).rejects.toMatchObject({ code: 'TRAINING_TOO_FEW_PICTURES', details: { count: 1 } });
    await expect(run(spec().replace('[8, 8, 8]', '[8, 8]'))).rejects.toMatchObject({ code: 'TRAINING_GROUPS_SIZE' });
    await expect(run(spec().replace('preprocess: {', 'preprocess: { color: L,').replaceAll('[0.5, 0.5, 0.5]', '[0.5]'))).rejects.toMatchObject({ code: 'CLI_COLOUR_MISMATCH' });
    await expect(run(spec('size: 40').replace('size: 32\n', ''))).rejects.toMatchObject({ code: 'SPEC_INVALID_GENERATOR' });
  });
});

describe('train code-range', () => {
  it('gives the range that training the generator gives', async () => {
    const [alone, whole, out] = [worldOf(), worldOf(), fakeOutput()];
    await runCommand(train, { ...options, topic: 'code-range' }, alone, out);
    await runCommand(train, { ...options, steps: 1 }, whole, fakeOutput());
    expect([...alone.files.keys()]).toEqual(['/work/made/code-range.json']);
    expect(file(alone, 'code-range.json').equals(file(whole, 'code-range.json'))).toBe(true);
    expect(out.documents).toMatchObject([{ topic: 'code-range', range: { layer: 'pool4', shape: [64, 8, 8], lower: 0 } }]);
  });

  it('sees that a generator which was trained elsewhere takes such codes', async () => {
    const made = (shape: readonly number[]): Uint8Array => {
      const g = new GraphBuilder({ opset: 18 });
      const picture = g.mul(g.input('code', 'f32', shape), g.constant(f32([1], [1])));
      return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('g', [picture]) });
    };
    const world = worldOf();
    world.files.set('/work/fits.onnx', made([1, 64, 8, 8])).set('/work/other.onnx', made([1, 100]));
    await runCommand(train, { ...options, topic: 'code-range', generator: 'fits.onnx' }, world, fakeOutput());
    await expect(runCommand(train, { ...options, topic: 'code-range', generator: 'other.onnx' }, world, fakeOutput()))
      .rejects.toMatchObject({ code: 'CLI_CODE_MISFIT', message: expect.stringContaining('takes [1, 100], codes of pool4 are [N, 64, 8, 8]') as string });
  });
});
