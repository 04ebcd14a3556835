import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { f32, GraphBuilder, int, ints, writeModel, readModel, type Model } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { modelFacts, modelReport } from './model-facts.js';

const shared = process.env['NEURON_ATLAS_SHARED'] ?? join(dirname(fileURLToPath(import.meta.url)), '../../../../shared');
const models = join(shared, 'data/models');
const runtime = await createNodeRuntime({ provider: 'cpu' });

const filled = (shape: readonly number[]) => f32(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.1));

/** conv 3→4 at 8 × 8, an operator in between, conv 4→5. */
function twoLayers(between: string, shape: readonly (number | string)[] = ['N', 3, 8, 8]): Model {
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('x', 'f32', [1, 3, 8, 8]);
  const first = g.conv(x, g.constant(filled([4, 3, 3, 3]), 'first.weight'), undefined, { pads: [1, 1, 1, 1] });
  const middle = g.emit(between, [first], {}, [{ dtype: 'f32', shape: first.shape, name: 'middle' }])[0]!;
  const second = g.conv(middle, g.constant(filled([5, 4, 1, 1]), 'second.weight'));
  const graph = g.build('two', [second]);
  return { irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: { ...graph, inputs: graph.inputs.map((info) => ({ ...info, shape })) } };
}
const reportOn = (model: Model) => {
  const bytes = writeModel(model);
  return modelReport({ model: readModel(bytes, { name: 'two' }), bytes, sha256: 'ab'.repeat(32) }, 'two.onnx', runtime);
};

describe('modelReport', () => {
  it('gives the shape of a picture with its channels last as if they came first', async () => {
    const x = { name: 'x', dtype: 'u8' as const, shape: [null, 8, 6, 3] };
    const { graph, ...rest } = twoLayers('Relu');
    const nodes = [
      { name: 'real', op: 'Cast', domain: '', inputs: ['x'], outputs: ['real'], attrs: { to: int(1) } },
      { name: 'first', op: 'Transpose', domain: '', inputs: ['real'], outputs: ['turned'], attrs: { perm: ints([0, 3, 1, 2]) } },
      ...graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => (name === 'x' ? 'turned' : name)) })),
    ];
    const { facts, blocks } = await reportOn({ ...rest, graph: { ...graph, inputs: [x], nodes } });
    expect(facts.input).toEqual({ name: 'x', shape: [1, 3, 8, 6] });
    expect(facts.layers.map(({ shape }) => shape)).toEqual([[1, 4, 8, 6], [1, 5, 8, 6]]);
    expect(blocks).toEqual([]);
  });

  it('lists what comes behind a nonlinearity and side by side apart from the layers', async () => {
    const { facts } = await reportOn(twoLayers('Relu'));
    expect(facts.layers.map(({ id }) => id)).toEqual(['first', 'second']);
    expect(facts.twins).toMatchObject([{ id: 'first.post', tensor: 'middle', site: 'post', shape: [1, 4, 8, 8], units: 4, inputs: ['first'], of: [{ layer: 'first', start: 0, units: 4 }] }]);
    expect(facts.twins![0]!.megaMacs).toBe(facts.layers[0]!.megaMacs);
    expect(facts.twins![0]!.field).toEqual(facts.layers[0]!.field);
  });

  it('finds layers with shapes and the multiply-adds of all that they are computed from', async () => {
    const { facts, operators, parameters, blocks } = await reportOn(twoLayers('Relu'));
    expect(facts).toMatchObject({ name: 'two', input: { name: 'x', shape: [1, 3, 8, 8] } });
    const macs = [4 * 3 * 9 * 64, 4 * 3 * 9 * 64 + 5 * 4 * 64];
    expect(facts.layers.map(({ id, units, shape, megaMacs }) => ({ id, units, shape, macs: Math.round(megaMacs * 1e6) }))).toEqual([
      { id: 'first', units: 4, shape: [1, 4, 8, 8], macs: macs[0] }, { id: 'second', units: 5, shape: [1, 5, 8, 8], macs: macs[1] },
    ]);
    expect(operators).toEqual([{ op: 'Conv', count: 2 }, { op: 'Relu', count: 1 }]);
    expect(parameters).toBe(4 * 3 * 9 + 5 * 4);
    const field = { kind: 'window', size: [3, 3], stride: [1, 1], offset: [-1, -1] };
    expect(facts.layers.map((layer) => layer.field)).toEqual([field, field]);
    expect(blocks).toEqual([]);
  });

  it('names the operator without a gradient, and only the layers behind it', async () => {
    const { facts, blocks } = await reportOn(twoLayers('Round'));
    expect(facts.layers.map((layer) => layer.blocked === undefined)).toEqual([true, false]);
    expect(blocks).toHaveLength(1);
    expect(blocks[0]).toMatchObject({ layers: ['second'], code: expect.stringMatching(/^AUTODIFF_/), message: expect.stringContaining('Round') });
  });

  it('takes 224 pixels and a batch of one where the file leaves them open', async () => {
    expect((await reportOn(twoLayers('Relu', ['N', 3, 'H', 'W']))).facts.input.shape).toEqual([1, 3, 224, 224]);
  });

  it('refuses a model without an input for pictures', async () => {
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('tokens', 'f32', [1, 16]);
    const graph = g.build('flat', [g.relu(x)]);
    const model = { irVersion: 8, producer: '', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph };
    await expect(reportOn(model)).rejects.toMatchObject({ code: 'CLI_NO_IMAGE_INPUT', message: 'model two.onnx has no input for pictures, [N, C, H, W]; its inputs: tokens f32[1, 16]' });
  });
});

describe.skipIf(!existsSync(models))('modelFacts on published models (the shared test data is absent)', () => {
  it('counts the units that the card of SqueezeNet gives', async () => {
    const { layers, input, bytes } = await modelFacts(join(models, 'squeezenet1_1.onnx'), runtime);
    expect(layers.map((layer) => layer.units)).toEqual([64, 16, 64, 64, 16, 64, 64, 32, 128, 128, 32, 128, 128, 48, 192, 192, 48, 192, 192, 64, 256, 256, 64, 256, 256, 1000]);
    expect({ input, bytes }).toEqual({ input: { name: 'data', shape: [1, 3, 224, 224] }, bytes: 4948498 });
    // 0.35 GMACs: the paper's own figure for version 1.1
    expect(layers.at(-1)!.megaMacs).toBeGreaterThan(330);
    expect(layers.at(-1)!.megaMacs).toBeLessThan(370);
  });

  it.each((existsSync(models) ? readdirSync(models) : []).filter((name) => name.endsWith('.onnx')))('lists layers and units of %s, and nothing is blocked', async (name) => {
    const { facts, blocks } = await modelReport(await loadModelFile(join(models, name)), name, runtime);
    expect(blocks).toEqual([]);
    expect(facts.layers.length).toBeGreaterThan(2);
    expect(facts.layers.filter(({ units, shape }) => units < 1 || shape.length < 2)).toEqual([]);
  });

  it('reads a model of opset 7 with a fixed batch', async () => {
    const { layers } = await modelFacts(join(models, 'mnist_cntk.onnx'), runtime);
    expect(layers.map((layer) => [layer.op, layer.units])).toEqual([['Conv', 8], ['Conv', 16], ['MatMul', 10]]);
  });
});
