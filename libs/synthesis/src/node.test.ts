import { arrayType, dtypeCode, type DType, f32, i64, type Runtime, tensor, type TensorData } from '@neuron-atlas/onnx';
import { ModelProto, type NodeProto, type ValueInfoProto } from '@neuron-atlas/proto/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { availableProviders, createNodeRuntime } from './node.js';

const info = (name: string, dtype: DType, shape: readonly number[]): ValueInfoProto => ({
  name, metadataProps: [],
  type: { value: { $case: 'tensorType', value: { elemType: dtypeCode[dtype], shape: { dim: shape.map((dim) => ({ value: { $case: 'dimValue', value: BigInt(dim) } })) } } } },
});
const node = (opType: string, input: string[], output: string[]): NodeProto => ({ name: `the-${opType}`, opType, input, output, attribute: [], metadataProps: [] });
const model = (nodes: NodeProto[], inputs: ValueInfoProto[], outputs: ValueInfoProto[]): Uint8Array => ModelProto.encode({
  irVersion: 8n, opsetImport: [{ domain: '', version: 18n }], metadataProps: [], functions: [],
  graph: { name: 'test', node: nodes, input: inputs, output: outputs, initializer: [], valueInfo: [], sparseInitializer: [], metadataProps: [] },
}).finish();

describe('createNodeRuntime', () => {
  let runtime: Runtime;
  beforeAll(async () => { runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 }); });

  it('says what it is', () => {
    expect(runtime).toMatchObject({ provider: 'cpu', version: 'onnxruntime-node 1.30.0' });
  });

  it('runs a graph, and gives only the outputs asked for', async () => {
    await using session = await runtime.load(model([node('Relu', ['x'], ['y']), node('Neg', ['x'], ['z'])], [info('x', 'f32', [3])], [info('y', 'f32', [3]), info('z', 'f32', [3])]));
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['y', 'z']]);
    expect(await session.run({ x: f32([3], [-1, 0, 2]) }, ['y'])).toEqual({ y: f32([3], [0, 0, 2]) });
    expect(Object.keys(await session.run({ x: f32([3], [-1, 0, 2]) }))).toEqual(['y', 'z']);
  });

  it.each(['f32', 'f64', 'f16', 'i64', 'i32', 'u8', 'bool'] as const)('passes %s through bit by bit', async (dtype) => {
    await using session = await runtime.load(model([node('Identity', ['x'], ['y'])], [info('x', dtype, [2, 2])], [info('y', dtype, [2, 2])]), { optimize: 'none' });
    const data: TensorData = dtype === 'i64' ? BigInt64Array.of(0n, 1n, -5n, 2n ** 60n) : arrayType[dtype].of(0, 1, 1, 0);
    const x = tensor(dtype, [2, 2], data as never);
    expect((await session.run({ x }))['y']).toEqual(x);
  });

  it('tells missing and unknown feeds, and unknown outputs, by name', async () => {
    await using session = await runtime.load(model([node('Relu', ['x'], ['y'])], [info('x', 'f32', [1])], [info('y', 'f32', [1])]));
    await expect(session.run({ w: f32([1], [1]) })).rejects.toMatchObject({ code: 'SYNTHESIS_FEED_MISMATCH', details: { missing: ['x'], unknown: ['w'] } });
    await expect(session.run({ x: f32([1], [1]) }, ['q'])).rejects.toMatchObject({ code: 'SYNTHESIS_UNKNOWN_OUTPUT' });
  });

  it('gives the words of the runtime when a run fails', async () => {
    await using session = await runtime.load(model([node('Relu', ['x'], ['y'])], [info('x', 'f32', [1])], [info('y', 'f32', [1])]));
    await expect(session.run({ x: i64([1], [1]) })).rejects.toMatchObject({ code: 'SYNTHESIS_RUN_FAILED', message: expect.stringContaining('int64') as string });
  });

  it('gives the words of the runtime when a graph does not load', async () => {
    await expect(runtime.load(model([node('NoSuchOperator', ['x'], ['y'])], [info('x', 'f32', [1])], [info('y', 'f32', [1])])))
      .rejects.toMatchObject({ code: 'SYNTHESIS_LOAD_FAILED', message: expect.stringContaining('NoSuchOperator') as string });
    await expect(runtime.load(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'SYNTHESIS_LOAD_FAILED' });
  });

  it('refuses to run a closed session', async () => {
    const session = await runtime.load(model([node('Relu', ['x'], ['y'])], [info('x', 'f32', [1])], [info('y', 'f32', [1])]));
    await session[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
    await expect(session.run({ x: f32([1], [1]) })).rejects.toMatchObject({ code: 'SYNTHESIS_SESSION_CLOSED' });
  });

  it('starts the providers that it lists, and names them when it refuses another', async () => {
    const available = await availableProviders();
    expect(available).toContain('cpu');
    expect(['cpu', 'cuda']).toContain((await createNodeRuntime()).provider);
    for (const provider of ['cpu', 'webgpu', 'cuda'] as const) {
      if (available.includes(provider)) expect((await createNodeRuntime({ provider })).provider).toBe(provider);
      else await expect(createNodeRuntime({ provider })).rejects.toMatchObject({ code: 'SYNTHESIS_PROVIDER_UNAVAILABLE', details: { provider, available } });
    }
  });
});
