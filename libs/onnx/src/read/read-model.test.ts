import { readFileSync } from 'node:fs';
import { AttributeProto, GraphProto, ModelProto, NodeProto, type SparseTensorProto, TensorProto } from '@neuron-atlas/proto/onnx';
import { describe, expect, it } from 'vitest';
import { plain } from '../../test/plain.js';
import { difference, noise, runModel } from '../../test/run-model.js';
import { modelPath, noModels, sharedModels } from '../../test/shared-models.js';
import { type DType, dtypeCode, f32, type Model, readModel, type Tensor, toNumbers, writeModel } from '../index.js';

const blank = new Uint8Array(0);
const tensorProto = (fields: Partial<TensorProto>): TensorProto => ({ ...TensorProto.decode(blank), ...fields });
const nodeProto = (fields: Partial<NodeProto>): NodeProto => ({ ...NodeProto.decode(blank), ...fields });
const value = (name: string, ...dims: number[]) => ({
  name, metadataProps: [],
  type: { value: { $case: 'tensorType' as const, value: { elemType: 1, shape: { dim: dims.map((dim) => ({ value: { $case: 'dimValue' as const, value: BigInt(dim) } })) } } } },
});
/** y = Relu(x), f32[2], with the parts under test put in. */
const fileOf = (graph: Partial<GraphProto> = {}, model: Partial<ModelProto> = {}): Uint8Array => ModelProto.encode({
  ...ModelProto.decode(blank), irVersion: 8n, opsetImport: [{ domain: '', version: 18n }], ...model,
  graph: {
    ...GraphProto.decode(blank), name: 'g', input: [value('x', 2)], output: [value('y', 2)],
    node: [nodeProto({ opType: 'Relu', input: ['x'], output: ['y'] })], ...graph,
  },
}).finish();
const withTensor = (fields: Partial<TensorProto>): Uint8Array => fileOf({ initializer: [tensorProto({ name: 'w', ...fields })] });
const readTensorOf = (fields: Partial<TensorProto>): Tensor => readModel(withTensor(fields)).graph.initializers.get('w')!;
const codeOf = (act: () => unknown): { code: string; message: string } => {
  try { act(); } catch (error) { return error as { code: string; message: string }; }
  throw new Error('it did not fail');
};

describe.skipIf(noModels !== undefined)(`reading and writing the shared models ${noModels ?? ''}`, () => {
  it.each(sharedModels)('$name reads, writes and reads again as the same model', ({ name }) => {
    const first = readModel(readFileSync(modelPath(name)));
    const second = readModel(writeModel(first));
    expect(plain({ ...second, irVersion: 0 })).toEqual(plain({ ...first, irVersion: 0 }));
    expect(plain(writeModel(second))).toEqual(plain(writeModel(first)));
  });

  it.each(sharedModels)('$name computes the same bits after it was read and written', async ({ name, input, output, picture }) => {
    const bytes = readFileSync(modelPath(name));
    const feeds = { [input]: noise([1, ...picture]) };
    const [before, after] = [await runModel(bytes, feeds), await runModel(readModel(bytes), feeds)];
    expect(plain(after[output])).toEqual(plain(before[output]));
  });

  it('drops the initialisers that an old file lists among the inputs', () => {
    const { graph, irVersion } = readModel(readFileSync(modelPath('mnist_cntk')));
    expect(irVersion).toBe(3);
    expect(graph.inputs).toEqual([{ name: 'Input3', dtype: 'f32', shape: [1, 1, 28, 28] }]);
  });

  it('says of a model cut anywhere that it is cut', () => {
    const bytes = readFileSync(modelPath('cifar10_cnn'));
    for (const part of [0.01, 0.3, 0.99]) {
      const error = codeOf(() => readModel(bytes.subarray(0, Math.floor(bytes.length * part)), { name: 'cnn.onnx' }));
      expect(error.code).toBe('ONNX_TRUNCATED');
      expect(error.message).toContain('cnn.onnx ends too early');
    }
  });
});

describe('readModel: tensors', () => {
  const rows: readonly { readonly dtype: DType; readonly field: Partial<TensorProto>; readonly expected: readonly number[] }[] = [
    { dtype: 'f32', field: { floatData: [1.5, -2] }, expected: [1.5, -2] },
    { dtype: 'f64', field: { doubleData: [1.1, -2] }, expected: [1.1, -2] },
    { dtype: 'i64', field: { int64Data: [7n, -8n] }, expected: [7, -8] },
    { dtype: 'u64', field: { uint64Data: [7n, 2n ** 40n] }, expected: [7, 2 ** 40] },
    { dtype: 'u32', field: { uint64Data: [7n, 2n ** 32n - 1n] }, expected: [7, 2 ** 32 - 1] },
    { dtype: 'i32', field: { int32Data: [7, -8] }, expected: [7, -8] },
    { dtype: 'i16', field: { int32Data: [7, -8] }, expected: [7, -8] },
    { dtype: 'i8', field: { int32Data: [7, -8] }, expected: [7, -8] },
    { dtype: 'u8', field: { int32Data: [7, 255] }, expected: [7, 255] },
    { dtype: 'u16', field: { int32Data: [7, 65535] }, expected: [7, 65535] },
    { dtype: 'bool', field: { int32Data: [1, 0] }, expected: [1, 0] },
    { dtype: 'f16', field: { int32Data: [0x3c00, 0xc000] }, expected: [0x3c00, 0xc000] },
    { dtype: 'bf16', field: { int32Data: [0x3f80, 0xc000] }, expected: [0x3f80, 0xc000] },
  ];
  it.each(rows)('reads $dtype from its typed field, and again from the raw bytes that are written', ({ dtype, field, expected }) => {
    const model = readModel(withTensor({ dims: [2n], dataType: dtypeCode[dtype], ...field }));
    const read = model.graph.initializers.get('w')!;
    expect([read.dtype, read.shape, toNumbers(read)]).toEqual([dtype, [2], expected]);
    expect(readModel(writeModel(model)).graph.initializers.get('w')).toEqual(read);
  });

  it('reads strings', () => {
    expect(readTensorOf({ dims: [2n], dataType: 8, stringData: [new TextEncoder().encode('ä'), blank] }).data).toEqual(['ä', '']);
  });

  it('reads scalars, and tensors with no elements', () => {
    expect(readTensorOf({ dataType: 1, floatData: [3] })).toEqual(f32([], [3]));
    expect(readTensorOf({ dims: [0n, 4n], dataType: 1 })).toEqual(f32([0, 4], []));
  });

  it('reads raw bytes at any place in the file', () => {
    for (let length = 1; length <= 8; length++) {
      const rawData = new Uint8Array(Float32Array.of(1.25, -3).buffer);
      const file = fileOf({ initializer: [tensorProto({ name: 'w'.repeat(length), dims: [2n], dataType: 1, rawData })] });
      expect(readModel(file).graph.initializers.get('w'.repeat(length))).toEqual(f32([2], [1.25, -3]));
    }
  });

  it.each([
    { indices: tensorProto({ dims: [2n], dataType: 7, int64Data: [1n, 5n] }), by: 'positions' },
    { indices: tensorProto({ dims: [2n, 2n], dataType: 7, int64Data: [0n, 1n, 1n, 2n] }), by: 'coordinates' },
  ])('makes sparse initialisers dense, by $by', ({ indices }) => {
    const sparse: SparseTensorProto = { dims: [2n, 3n], values: tensorProto({ name: 's', dims: [2n], dataType: 1, floatData: [4, 5] }), indices };
    expect(readModel(fileOf({ sparseInitializer: [sparse] })).graph.initializers.get('s')).toEqual(f32([2, 3], [0, 4, 0, 0, 0, 5]));
  });

  it.each([
    { what: 'fewer bytes than the shape has', fields: { dims: [3n], dataType: 1, rawData: new Uint8Array(8) }, code: 'ONNX_TENSOR_DATA', says: 'tensor w of f32[3] needs 12 bytes, the file gives 8' },
    { what: 'no data at all', fields: { dims: [3n], dataType: 7 }, code: 'ONNX_TENSOR_DATA', says: 'needs 24 bytes, the file gives 0' },
    { what: 'a negative dimension', fields: { dims: [-1n], dataType: 1 }, code: 'ONNX_TENSOR_SHAPE', says: 'tensor w has no possible shape: [-1]' },
    { what: 'dimensions beyond all memory', fields: { dims: [2n ** 40n, 2n ** 40n], dataType: 1 }, code: 'ONNX_TENSOR_SHAPE', says: '1099511627776' },
    { what: 'an element type that nobody knows', fields: { dims: [1n], dataType: 77, rawData: new Uint8Array(1) }, code: 'ONNX_UNKNOWN_DTYPE', says: 'element type 77 of tensor w' },
  ])('refuses a tensor with $what', ({ fields, code, says }) => {
    const error = codeOf(() => readTensorOf(fields));
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  it('refuses a small sparse tensor that asks for gigabytes', () => {
    const sparse: SparseTensorProto = {
      dims: [2n ** 20n, 2n ** 20n], values: tensorProto({ name: 's', dims: [1n], dataType: 1, floatData: [4] }), indices: tensorProto({ dims: [1n], dataType: 7, int64Data: [0n] }),
    };
    expect(codeOf(() => readModel(fileOf({ sparseInitializer: [sparse] }))).code).toBe('ONNX_TENSOR_FORM');
  });
});

describe('readModel: external data', () => {
  const external = (...pairs: [string, string][]) => ({
    dims: [2n], dataType: 1, dataLocation: 1 as const, externalData: pairs.map(([key, text]) => ({ key, value: text })),
  });

  it('asks for the range that the file names', () => {
    const asked: unknown[] = [];
    const model = readModel(withTensor(external(['location', 'w.bin'], ['offset', '16'], ['length', '8'])), {
      external: (...range) => { asked.push(range); return new Uint8Array(Float32Array.of(1, 2).buffer); },
    });
    expect(asked).toEqual([['w.bin', 16, 8, 'w']]);
    expect(model.graph.initializers.get('w')).toEqual(f32([2], [1, 2]));
  });

  it('names the tensor and the file when nobody can give them', () => {
    const error = codeOf(() => readModel(withTensor(external(['location', 'w.bin']))));
    expect(error).toMatchObject({ code: 'ONNX_EXTERNAL_MISSING', details: { tensor: 'w', location: 'w.bin' } });
  });

  it.each(['../w.bin', '/etc/passwd', 'a/../../w', 'C:\\w.bin', '\\\\host\\w', 'a\\..\\b', ''])('refuses the location %s', (location) => {
    const error = codeOf(() => readModel(withTensor(external(['location', location])), { external: () => new Uint8Array(8) }));
    expect(error.code).toBe('ONNX_EXTERNAL_ESCAPES');
  });
});

describe('readModel: graphs', () => {
  const relu = (input: string, output: string, name?: string): NodeProto => nodeProto({ opType: 'Relu', input: [input], output: [output], ...(name === undefined ? {} : { name }) });
  const branch = (name: string, reads: string): AttributeProto => ({
    ...AttributeProto.decode(blank), name, type: 5, g: { ...GraphProto.decode(blank), name, node: [relu(reads, `${name}_out`)], output: [{ name: `${name}_out`, metadataProps: [] }] },
  });
  const choice = (reads: string): NodeProto => nodeProto({ opType: 'If', name: 'choose', input: ['c'], output: ['y'], attribute: [branch('then_branch', reads), branch('else_branch', 'x')] });
  const condition = tensorProto({ name: 'c', dataType: 9, int32Data: [1] });

  it('names nodes that have no name, and tells equal names apart', () => {
    const { graph } = readModel(fileOf({ node: [relu('x', 'a'), relu('a', 'b', 'n'), relu('b', 'c', 'n'), relu('c', 'y')] }));
    expect(graph.nodes.map((node) => node.name)).toEqual(['Relu_0', 'n', 'n_2', 'Relu_3']);
  });

  it('sorts nodes that stand in the wrong order', () => {
    const { graph } = readModel(fileOf({ node: [relu('b', 'y'), relu('x', 'a'), relu('a', 'b')] }));
    expect(graph.nodes.map((node) => node.outputs[0])).toEqual(['a', 'b', 'y']);
  });

  it('sorts by what a branch reads from outside, too', () => {
    const { graph } = readModel(fileOf({ initializer: [condition], node: [choice('late'), relu('x', 'late')] }));
    expect(graph.nodes.map((node) => node.op)).toEqual(['Relu', 'If']);
  });

  it('reads and writes branches', async () => {
    const bytes = fileOf({ initializer: [condition], node: [choice('x')] });
    const model = readModel(bytes);
    expect(model.graph.nodes[0]!.attrs['then_branch']).toMatchObject({ type: 'graph', value: { nodes: [{ name: 'choose/then_branch/Relu_0' }] } });
    expect(readModel(writeModel(model))).toEqual(model);
    const feeds = { x: f32([2], [-1, 2]) };
    expect(difference((await runModel(model, feeds))['y']!, f32([2], [0, 2]))).toBe(0);
  });

  it('names the nodes of a circle', () => {
    const error = codeOf(() => readModel(fileOf({ node: [relu('b', 'a', 'first'), relu('a', 'b', 'second'), relu('b', 'y', 'third')] })));
    expect(error).toMatchObject({ code: 'ONNX_CYCLE', message: 'the graph runs in a circle: second → first' });
  });

  it('finds its way through a chain that is deeper than the stack', () => {
    const chain = Array.from({ length: 30_000 }, (_, i) => relu(i === 0 ? 'x' : `v${i}`, i === 29_999 ? 'y' : `v${i + 1}`));
    expect(readModel(fileOf({ node: chain.reverse() })).graph.nodes.at(-1)!.outputs).toEqual(['y']);
  });

  it.each([
    { what: 'a value made by two nodes', node: [relu('x', 'y', 'one'), relu('x', 'y', 'two')], code: 'ONNX_DUPLICATE_NAME', says: 'the value y is made twice: by node one and by node two' },
    { what: 'a value that nothing makes', node: [relu('ghost', 'y', 'one')], code: 'ONNX_UNKNOWN_VALUE', says: 'node one (Relu) reads the value ghost' },
    { what: 'an output that nothing makes', node: [relu('x', 'z')], code: 'ONNX_UNKNOWN_VALUE', says: 'output of graph g reads the value y' },
    { what: 'a branch that reads what nothing makes', node: [choice('ghost')], initializer: [condition], code: 'ONNX_UNKNOWN_VALUE', says: 'node choose (If) reads the value ghost' },
  ])('refuses $what', ({ node, initializer = [], code, says }) => {
    const error = codeOf(() => readModel(fileOf({ node, initializer })));
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  it('reads every kind of attribute, 2^63 − 1 included', () => {
    const attribute: AttributeProto[] = [
      { type: 1, name: 'f', f: 0.5 }, { type: 2, name: 'i', i: 2n ** 63n - 1n }, { type: 3, name: 's', s: new TextEncoder().encode('text') },
      { type: 6, name: 'fs', floats: [0.5, 2] }, { type: 7, name: 'is', ints: [-1n, -(2n ** 63n)] }, { type: 8, name: 'ss', strings: [new TextEncoder().encode('a')] },
      { type: 4, name: 't', t: tensorProto({ dataType: 1, floatData: [2] }) }, { name: 'old', ints: [3n] },
    ].map((fields) => ({ ...AttributeProto.decode(blank), ...fields } as AttributeProto));
    const model = readModel(fileOf({ node: [nodeProto({ opType: 'Odd', domain: 'custom', input: ['x'], output: ['y'], attribute })] }));
    expect(model.graph.nodes[0]!.attrs).toMatchObject({
      f: { value: 0.5 }, i: { value: 2 ** 63 }, s: { value: 'text' }, fs: { value: [0.5, 2] }, is: { value: [-1, -(2 ** 63)] }, ss: { value: ['a'] },
      t: { value: f32([], [2]) }, old: { type: 'ints', value: [3] },
    });
    const written = ModelProto.decode(writeModel(model)).graph!.node[0]!.attribute;
    expect(written.find((a) => a.name === 'i')!.i).toBe(2n ** 63n - 1n);
    expect(readModel(writeModel(model))).toEqual(model);
  });

  it('reads and writes functions with references to their attributes', () => {
    const body = nodeProto({ opType: 'LeakyRelu', input: ['a'], output: ['b'], attribute: [{ ...AttributeProto.decode(blank), name: 'alpha', type: 1, refAttrName: 'slope' }] });
    const model: Model = readModel(fileOf(
      { node: [nodeProto({ opType: 'Soft', domain: 'own', input: ['x'], output: ['y'] })] },
      {
        opsetImport: [{ domain: '', version: 18n }, { domain: 'own', version: 1n }],
        functions: [{ name: 'Soft', domain: 'own', input: ['a'], output: ['b'], attribute: ['slope'], attributeProto: [], node: [body], opsetImport: [{ domain: '', version: 18n }], valueInfo: [] }],
      },
    ));
    expect(model.functions[0]!.nodes[0]!.attrs['alpha']).toEqual({ type: 'reference', value: 'slope', of: 'float' });
    expect(readModel(writeModel(model))).toEqual(model);
  });
});

describe('readModel: files that are not models', () => {
  const text = (words: string) => new TextEncoder().encode(words);
  it.each([
    { bytes: blank, says: 'is empty' },
    { bytes: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16), says: 'JPEG' },
    { bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10), says: 'PNG' },
    { bytes: Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0), says: 'zip archive' },
    { bytes: Uint8Array.of(0x80, 2, 0x8a, 10), says: 'pickle' },
    { bytes: text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n'), says: 'git-lfs pointer' },
    { bytes: text('<!DOCTYPE html><html></html>'), says: 'web page' },
    { bytes: text('{"a": 1}'), says: 'JSON' },
    { bytes: text('hello there'), says: 'plain text' },
    { bytes: new Uint8Array(64), says: 'only zeros' },
    { bytes: Uint8Array.of(200, 3, 77, 12, 250), says: 'does not begin like one' },
    { bytes: ModelProto.encode({ ...ModelProto.decode(blank), irVersion: 8n }).finish(), says: 'holds no graph' },
  ])('says of one that it $says', ({ bytes, says }) => {
    const error = codeOf(() => readModel(bytes, { name: 'thing' }));
    expect(error.code).toBe('ONNX_NOT_ONNX');
    expect(error.message).toContain('thing is not an ONNX model');
    expect(error.message).toContain(says);
  });

  it('refuses a model that names no operator set', () => {
    expect(codeOf(() => readModel(fileOf({}, { opsetImport: [] }))).code).toBe('ONNX_MALFORMED');
  });

  it('gives a catalogued error, or a model, for any single byte changed', () => {
    const bytes = fileOf({ initializer: [tensorProto({ name: 'w', dims: [2n], dataType: 1, floatData: [1, 2] })] });
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= mask;
        try {
          writeModel(readModel(changed));
        } catch (error) {
          expect((error as { code?: string }).code, `byte ${at} ^ ${mask}: ${String(error)}`).toMatch(/^ONNX_/);
        }
      }
    }
  });
});
