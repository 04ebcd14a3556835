import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelOf, node, output } from '../../test/build-model.js';
import { cpu, difference, noise, runModel } from '../../test/run-model.js';
import { modelPath, noModels, sharedModels } from '../../test/shared-models.js';
import {
  f32, findLayers, foldBatchNorm, graft, GraphBuilder, graphAttribute, i64, int, ints, type Model, multiplyAdds, readModel, sizeOf, specialize, type StaticGraph, tensor, type Tensor,
  toNumbers, upgradeOpset,
} from '../index.js';

const cut = async (model: Model, shape: readonly number[], outputs: readonly string[] = ['y'], input = 'x'): Promise<StaticGraph> =>
  specialize(model, { input, shape, outputs, runtime: await cpu() });
const failure = async (attempt: Promise<unknown>): Promise<{ code: string; message: string; details: Record<string, unknown> }> =>
  attempt.then(() => { throw new Error('it did not fail'); }, (error: unknown) => error as { code: string; message: string; details: Record<string, unknown> });

/** A static graph put into a builder and written out: what `graft` makes of it. */
function grafted(graph: StaticGraph): Model {
  const g = new GraphBuilder({ opset: graph.opset });
  const value = graft(g, graph, g.input('picture', graph.input.dtype, graph.input.shape));
  const outputs = graph.outputs.map((name) => value(name));
  return modelOf(graph.opset, g.build('grafted', outputs));
}
const row = (x: Tensor, index: number): Tensor => {
  const size = sizeOf(x.shape.slice(1));
  return f32([1, ...x.shape.slice(1)], (x.data as Float32Array).subarray(index * size, (index + 1) * size));
};

describe.skipIf(noModels !== undefined)(`specialize: the shared models ${noModels ?? ''}`, () => {
  it.each(sharedModels)('$name computes the same in batches of 3, every type as the graph says', async ({ name, input, output: last, picture }) => {
    const model = readModel(readFileSync(modelPath(name)));
    const layers = findLayers(model);
    const taps = [layers[0]!.tensor, layers[Math.floor(layers.length / 2)]!.tensor, upgradeOpset(model).graph.outputs[0]!.name];
    const graph = await cut(model, [3, ...picture], [...new Set(taps)], input);
    const x = noise([3, ...picture], 7);
    const plainGraph = grafted(graph);
    const folded = grafted(foldBatchNorm(graph));
    const [batch, foldedBatch] = [await runModel(plainGraph, { picture: x }), await runModel(folded, { picture: x })];
    const single = (await runModel(model, { [input]: row(x, 2) }))[last]!;
    const made = batch[plainGraph.graph.outputs.at(-1)!.name]!;
    expect(difference(row(made, 2), single)).toBeLessThan(1e-5);
    expect(Object.keys(foldedBatch)).toEqual(Object.keys(batch));
    for (const key of Object.keys(batch)) {
      expect(batch[key]!.shape).toEqual(graph.types.get(key)!.shape);
      expect(difference(foldedBatch[key]!, batch[key]!)).toBeLessThan(1e-4);
    }
    expect(folded.graph.nodes.filter(({ op }) => op === 'BatchNormalization')).toEqual([]);
    for (const { name: of, outputs } of graph.nodes) for (const made of outputs) if (made !== '') expect(graph.types.has(made), of).toBe(true);
  }, 120_000);

  it('folds what the transformer computes from shapes', async () => {
    const graph = await cut(readModel(readFileSync(modelPath('vit_tiny_patch16_224'))), [2, 3, 224, 224], ['logits'], 'pixel_values');
    expect(graph.nodes.filter(({ op }) => ['Shape', 'Expand', 'Identity', 'Constant'].includes(op))).toEqual([]);
    expect(graph.initializers.get('cls_expanded')!.shape).toEqual([2, 1, 192]);
  });

  it('takes a convolution of a model with a head of fixed size at another canvas', async () => {
    const graph = await cut(readModel(readFileSync(modelPath('squeezenet1_1'))), [2, 3, 64, 48], ['conv3'], 'data');
    expect(graph.types.get('conv3')).toEqual({ dtype: 'f32', shape: [2, 64, 15, 11] });
    expect(graph.nodes).toHaveLength(6);
  });
});

describe('specialize', () => {
  it('makes constants of what does not change with the picture, and keeps the rest', async () => {
    const model = modelOf(18, {
      nodes: [
        node('Mul', ['w', 'w'], ['w2']), node('Shape', ['x'], ['shape']), node('Gather', ['shape', 'zero'], ['n']), node('Concat', ['n', 'minus'], ['target'], { axis: int(0) }),
        node('Relu', ['x'], ['r']), node('Reshape', ['r', 'target'], ['flat']), node('Mul', ['flat', 'w2'], ['y']), node('Neg', ['y'], ['after']),
      ],
      initializers: new Map([['w', f32([], [3])], ['zero', i64([1], [0])], ['minus', i64([1], [-1])]]),
    });
    const graph = await cut(model, [2, 3, 4]);
    expect(graph.nodes.map(({ outputs }) => outputs[0])).toEqual(['r', 'flat', 'y']);
    expect([...graph.initializers]).toEqual([['target', i64([2], [2, -1])], ['w2', f32([], [9])]]);
    expect(graph.types.get('flat')).toEqual({ dtype: 'f32', shape: [2, 12] });
  });

  it('learns types that no rule of thumb gives', async () => {
    const model = modelOf(18, {
      nodes: [node('TopK', ['x', 'k'], ['values', 'places']), node('Cast', ['values'], ['half'], { to: int(10) }), node('Greater', ['x', 'zero'], ['above']), node('ReduceSum', ['x'], ['y'], { keepdims: int(0) })],
      initializers: new Map([['k', i64([1], [2])], ['zero', f32([], [0])]]),
    });
    const { types } = await cut(model, [1, 5], ['half', 'places', 'above', 'y']);
    expect(Object.fromEntries(types)).toMatchObject({
      half: { dtype: 'f16', shape: [1, 2] }, places: { dtype: 'i64', shape: [1, 2] }, above: { dtype: 'bool', shape: [1, 5] }, y: { dtype: 'f32', shape: [] },
    });
  });

  it('takes the branch that a constant condition chooses, inside branches too', async () => {
    const branch = (name: string, nodes: Model['graph']['nodes'], made: string) => graphAttribute({ name, nodes, inputs: [], outputs: [output(made)], initializers: new Map([['k', f32([], [10])]]) });
    const inner = node('If', ['yes'], ['chosen'], { then_branch: branch('t', [node('Mul', ['r', 'k'], ['t'])], 't'), else_branch: branch('e', [node('Add', ['r', 'k'], ['t'])], 't') });
    const model = modelOf(18, {
      nodes: [
        node('Relu', ['x'], ['r']), node('Size', ['x'], ['size']), node('Greater', ['size', 'five'], ['large']),
        node('If', ['large'], ['y'], { then_branch: branch('t', [inner], 'chosen'), else_branch: branch('e', [node('Sub', ['r', 'k'], ['t'])], 't') }),
      ],
      initializers: new Map([['five', i64([], [5])], ['yes', tensor('bool', [], Uint8Array.of(1))]]),
    });
    const large = await cut(model, [2, 3]);
    expect(large.nodes.map(({ op, outputs }) => [op, outputs[0]])).toEqual([['Relu', 'r'], ['Mul', 'y']]);
    const small = await cut(model, [1, 3]);
    expect(small.nodes.map(({ op }) => op)).toEqual(['Relu', 'Sub']);
    const x = noise([2, 3]);
    expect(difference((await runModel(grafted(large), { picture: x }))['y']!, (await runModel(model, { x }))['y']!)).toBe(0);
  });

  it('refuses a branch that gives less than its node promises', async () => {
    const branch = graphAttribute({ name: 't', nodes: [node('Neg', ['x'], ['t'])], inputs: [], outputs: [output('t')], initializers: new Map() });
    const model = modelOf(18, {
      nodes: [node('If', ['yes'], ['a', 'b'], { then_branch: branch, else_branch: branch }), node('Add', ['a', 'b'], ['y'])],
      initializers: new Map([['yes', tensor('bool', [], Uint8Array.of(1))]]),
    });
    expect((await failure(cut(model, [2, 3]))).code).toBe('ONNX_UNKNOWN_VALUE');
  });

  it('keeps a branch that the picture chooses', async () => {
    const branch = (op: string) => graphAttribute({ name: op, nodes: [node(op, ['r'], ['t'])], inputs: [], outputs: [output('t')], initializers: new Map() });
    const model = modelOf(18, {
      nodes: [node('Abs', ['x'], ['r']), node('ReduceSum', ['x'], ['s'], { keepdims: int(0) }), node('Greater', ['s', 'zero'], ['c']), node('If', ['c'], ['y'], { then_branch: branch('Neg'), else_branch: branch('Exp') })],
      initializers: new Map([['zero', f32([], [0])]]),
    });
    const twice = grafted(await cut(model, [1, 2]));
    for (const x of [f32([1, 2], [1, 2]), f32([1, 2], [1, -2])]) {
      expect(difference((await runModel(twice, { picture: x }))['y']!, (await runModel(model, { x }))['y']!)).toBe(0);
    }
  });

  it('gives the same graph every time', async () => {
    const model = modelOf(18, { nodes: [node('Relu', ['x'], ['y'])] });
    expect(await cut(model, [1, 2])).toEqual(await cut(model, [1, 2]));
  });

  it.each([['f16', 'f32'], ['f64', 'f64'], ['u8', 'f32']] as const)('takes pictures of %s as %s', async (dtype, taken) => {
    const model = modelOf(18, { inputs: [{ name: 'x', dtype, shape: ['N', 3] }], nodes: [node('Cast', ['x'], ['f'], { to: int(1) }), node('Relu', ['f'], ['y'])] });
    expect((await cut(model, [2, 3])).input).toEqual({ name: 'x', dtype: taken, shape: [2, 3] });
  });
});

describe('specialize: other batch sizes than the file has', () => {
  const single = (shape: readonly number[], graph: Partial<Model['graph']>): Model => modelOf(18, { inputs: [{ name: 'x', dtype: 'f32', shape }], ...graph });
  const list = (values: readonly number[]): Tensor => i64([values.length], values);

  it('follows the batch through transposes, joined constants, reshapes and expands', async () => {
    // The attention of an exporter that traced one picture: tokens first, a class token joined, heads beside the batch.
    const model = single([1, 4, 6], {
      nodes: [
        node('Concat', ['cls', 'x'], ['tokens'], { axis: int(1) }), node('Transpose', ['tokens'], ['t'], { perm: ints([1, 0, 2]) }), node('MatMul', ['t', 'w'], ['qkv']),
        node('Reshape', ['qkv', 'by_heads'], ['heads']), node('Transpose', ['heads'], ['rows'], { perm: ints([1, 0, 2]) }), node('Transpose', ['rows'], ['columns'], { perm: ints([0, 2, 1]) }),
        node('MatMul', ['rows', 'columns'], ['scores']), node('Softmax', ['scores'], ['probabilities'], { axis: int(-1) }), node('MatMul', ['probabilities', 'rows'], ['context']),
        node('Transpose', ['context'], ['back'], { perm: ints([1, 0, 2]) }), node('Reshape', ['back', 'merged_shape'], ['merged']), node('Expand', ['merged', 'same'], ['expanded']),
        node('Gather', ['expanded', 'first'], ['cls_out'], { axis: int(0) }), node('Unsqueeze', ['cls_out', 'axes'], ['wide']), node('Reshape', ['wide', 'out_shape'], ['y']),
      ],
      initializers: new Map([
        ['cls', noise([1, 1, 6], 2)], ['w', noise([6, 6], 3)], ['by_heads', list([5, 2, 3])], ['merged_shape', list([5, 1, 6])], ['same', list([5, 1, 6])], ['first', i64([], [0])],
        ['axes', list([0, 2])], ['out_shape', list([1, 6])],
      ]),
    });
    const graph = await cut(model, [3, 4, 6]);
    const x = noise([3, 4, 6], 9);
    const made = (await runModel(grafted(graph), { picture: x }))['y']!;
    expect(made.shape).toEqual([3, 6]);
    for (const i of [0, 1, 2]) expect(difference(row(made, i), (await runModel(model, { x: row(x, i) }))['y']!)).toBeLessThan(1e-6);
  });

  it('mends the numbers that a tracer left in a model with an open batch', async () => {
    const model = modelOf(18, {
      inputs: [{ name: 'x', dtype: 'f32', shape: ['N', 2, 3] }],
      nodes: [node('Reshape', ['x', 'one'], ['flat']), node('MatMul', ['flat', 'w'], ['y'])],
      initializers: new Map([['one', list([1, 6])], ['w', noise([6, 2])]]),
    });
    expect((await cut(model, [4, 2, 3])).types.get('y')!.shape).toEqual([4, 2]);
  });

  it('goes from more rows to fewer', async () => {
    const model = single([4, 6], { nodes: [node('Reshape', ['x', 'to'], ['y'])], initializers: new Map([['to', list([4, 2, 3])]]) });
    expect((await cut(model, [2, 6])).types.get('y')!.shape).toEqual([2, 2, 3]);
  });

  it('refuses a model that mixes its rows', async () => {
    const model = single([2, 3], { nodes: [node('ReduceSum', ['x', 'rows'], ['sum'], { keepdims: int(1) }), node('Sub', ['x', 'sum'], ['y'])], initializers: new Map([['rows', list([0])]]) });
    const error = await failure(cut(model, [4, 3]));
    expect(error.code).toBe('ONNX_NOT_BATCHABLE');
    expect(error.message).toContain('made for batches of 2 and cannot be run with 4: its value y of [2, 3] comes out as [4, 3], different for the same picture');
  });

  it('refuses a model that has no room for another batch', async () => {
    const model = single([1, 3], { nodes: [node('Squeeze', ['x', 'zero'], ['flat']), node('Reshape', ['flat', 'three'], ['y'])], initializers: new Map([['zero', list([0])], ['three', list([3, 1])]]) });
    expect((await failure(cut(model, [2, 3]))).code).toBe('ONNX_NOT_BATCHABLE');
  });
});

describe('specialize: what it refuses', () => {
  it('names a value that is not there, and near ones', async () => {
    const error = await failure(cut(modelOf(18, { nodes: [node('Relu', ['x'], ['conv1']), node('Relu', ['conv1'], ['y'])] }), [1, 2], ['conv2']));
    expect(error).toMatchObject({ code: 'ONNX_NO_SUCH_VALUE', details: { name: 'conv2', known: ['conv1', 'y'] } });
    expect((await failure(cut(modelOf(18, { nodes: [node('Relu', ['x'], ['y'])] }), [1], ['y'], 'z'))).code).toBe('ONNX_NO_SUCH_VALUE');
  });

  it('names inputs without a value, only where they count', async () => {
    const model = modelOf(18, {
      inputs: [{ name: 'x', dtype: 'f32' }, { name: 'mask', dtype: 'f32', shape: [1] }],
      nodes: [node('Relu', ['x'], ['y']), node('Mul', ['y', 'mask'], ['masked'])], outputs: [output('masked')],
    });
    expect((await cut(model, [1, 2])).nodes).toHaveLength(1);
    expect(await failure(cut(model, [1, 2], ['masked']))).toMatchObject({ code: 'ONNX_OPEN_INPUT', details: { names: ['mask'], input: 'x' } });
  });

  it.each([
    { what: 'an unknown operator', domain: '', op: 'Foo', says: 'node Foo_of_y uses the operator Foo (opset 18), which onnxruntime-node' },
    { what: 'an unknown domain', domain: 'my.domain', op: 'Bar', says: 'node Bar_of_y uses the operator my.domain.Bar (opset 3), which onnxruntime-node' },
    { what: 'an unknown operator of a known domain', domain: 'com.microsoft', op: 'Bar', says: 'node Bar_of_y uses the operator com.microsoft.Bar (opset 1)' },
  ])('names $what with its node', async ({ domain, op, says }) => {
    const model = modelOf(18, { nodes: [node('Relu', ['x'], ['r']), node(op, ['r'], ['y'], {}, domain)] }, { opsets: new Map([['', 18], ['my.domain', 3], ['com.microsoft', 1]]) });
    const error = await failure(cut(model, [1, 2]));
    expect(error.code).toBe('ONNX_UNKNOWN_OPERATOR');
    expect(error.message).toContain(says);
    expect((await cut(model, [1, 2], ['r'])).nodes).toHaveLength(1);
  });

  it.each([
    { what: 'at load', nodes: [node('Relu', ['x'], ['y'], { odd: int(1) })], at: 'Relu_of_y' },
    { what: 'over types', nodes: [node('Add', ['x', 'whole'], ['y'])], at: 'Add_of_y' },
    { what: 'at run', nodes: [node('Conv', ['x', 'w'], ['y'])], at: 'Conv_of_y' },
  ])('names the node that the runtime refuses $what', async ({ nodes, at }) => {
    const model = modelOf(18, { nodes, initializers: new Map([['w', noise([2, 4, 1, 1])], ['whole', i64([1], [1])]]) });
    expect(await failure(cut(model, [1, 3, 2, 2]))).toMatchObject({ code: 'ONNX_RUNTIME_REFUSES', details: { node: at } });
  });

  it('lives through a pool that is wider than its input', async () => {
    const model = modelOf(18, { nodes: [node('MaxPool', ['x'], ['y'], { kernel_shape: ints([5, 5]) })] });
    expect(await failure(cut(model, [1, 3, 2, 2]))).toMatchObject({ code: 'ONNX_RUNTIME_REFUSES', details: { node: 'MaxPool_of_y' } });
  });

  it.each([
    { what: 'a loop without end', nodes: [node('Loop', ['trips', '', 'x'], ['y'], { body: graphAttribute({ name: 'b', nodes: [], inputs: [], outputs: [], initializers: new Map() }) })] },
    { what: 'more elements than fit anywhere', nodes: [node('Tile', ['x', 'many'], ['y'])] },
  ])('refuses $what before it is run', async ({ nodes }) => {
    const model = modelOf(18, { nodes, initializers: new Map([['trips', i64([], [2 ** 40])], ['many', i64([2], [2 ** 20, 2 ** 20])]]) });
    expect((await failure(cut(model, [1, 3]))).code).toBe('ONNX_TOO_MUCH');
  });

  it('names a node whose size depends on the picture', async () => {
    const model = modelOf(18, { nodes: [node('NonZero', ['x'], ['y'])] });
    expect(await failure(cut(model, [1, 3]))).toMatchObject({ code: 'ONNX_SIZED_BY_CONTENT', details: { node: 'NonZero_of_y', op: 'NonZero' } });
  });

  it.each([[[2, 0]], [[2, 1.5]], [[]], [[1, 2, 3]]])('refuses the input shape %j', async (shape) => {
    const model = modelOf(18, { inputs: [{ name: 'x', dtype: 'f32', shape: ['N', 4] }], nodes: [node('Relu', ['x'], ['y'])] });
    expect((await failure(cut(model, shape))).code).toBe('ONNX_INPUT_SHAPE');
  });

  it.each([[[1, 1_000_003, 32, 32]], [[1, 3, 12, 2 ** 31 - 1]], [[1, 3, 12, 1_000_003]], [[2 ** 33, 3, 12, 12]]])('refuses pictures of %j, which no machine holds', async (shape) => {
    const model = modelOf(18, { inputs: [{ name: 'x', dtype: 'f32', shape }], nodes: [node('Relu', ['x'], ['y'])] });
    expect((await failure(cut(model, shape))).code).toBe('ONNX_INPUT_TOO_LARGE');
    expect((await failure(cut(model, [1, ...shape.slice(1)]))).code).toBe('ONNX_INPUT_TOO_LARGE');
  });

  it('refuses a batch of more pictures than any exporter fixes', async () => {
    const model = modelOf(18, { inputs: [{ name: 'x', dtype: 'f32', shape: [4096, 3, 8, 8] }], nodes: [node('Relu', ['x'], ['y'])] });
    expect((await failure(cut(model, [1, 3, 8, 8]))).code).toBe('ONNX_INPUT_TOO_LARGE');
  });

  it.each([1_000_003, 65_536])('refuses pads of %i, which are larger than any picture', async (pads) => {
    const model = modelOf(18, { nodes: [node('MaxPool', ['x'], ['y'], { kernel_shape: ints([3, 3]), pads: ints([1, pads, 1, 1]) })] });
    expect((await failure(cut(model, [1, 3, 8, 8]))).code).toBe('ONNX_TOO_MUCH');
  });

  it.each(['toString', 'constructor', '__proto__', 'valueOf'])('knows no operator %s', async (op) => {
    const model = modelOf(24, { inputs: [{ name: 'x', dtype: 'f32', shape: [1, 4] }], nodes: [node(op, ['x'], ['y'])] });
    expect((await failure(cut(model, [1, 4]))).code).toBe('ONNX_UNKNOWN_OPERATOR');
  });

  it('refuses within a moment an operator with a name of 100,000 letters', async () => {
    const model = modelOf(18, { inputs: [{ name: 'x', dtype: 'f32', shape: [1, 4] }], nodes: [node('x'.repeat(100_000), ['x'], ['y'])] });
    expect((await failure(cut(model, [1, 4]))).code).toBe('ONNX_RUNTIME_REFUSES');
  }, 10_000);

  it('refuses pictures of a type that no picture has', async () => {
    const model = modelOf(18, { inputs: [{ name: 'x', dtype: 'i64' }], nodes: [node('Neg', ['x'], ['y'])] });
    expect((await failure(cut(model, [1, 4]))).code).toBe('ONNX_INPUT_DTYPE');
  });
});

describe('graft', () => {
  const model = modelOf(18, { nodes: [node('Mul', ['x', 'w'], ['h']), node('Relu', ['h'], ['y'])], initializers: new Map([['w', f32([2], [2, -3])]]) });

  it('may be done twice in one graph', async () => {
    const graph = await cut(model, [1, 2]);
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('x', 'f32', [1, 2]);
    const first = graft(g, graph, x)('y');
    const second = graft(g, graph, first)('y');
    expect([first.name, second.name]).toEqual(['y', 'model1/y']);
    const built = g.build('g', [second]);
    expect(new Set(built.nodes.map(({ name }) => name)).size).toBe(4);
    const y = (await runModel(modelOf(18, built), { x: f32([1, 2], [1, -1]) }))['model1/y']!;
    expect(toNumbers(y)).toEqual([4, 0]);
  });

  it('refuses an input of another shape, and names that the graph does not have', async () => {
    const graph = await cut(model, [1, 2]);
    const g = new GraphBuilder({ opset: 18 });
    expect(() => graft(g, graph, g.input('a', 'f32', [3, 2]))).toThrow('a is f32[3,2], the graph wants f32[1,2]');
    expect(() => graft(g, graph, g.input('b', 'f32', [1, 2]))('later')).toThrow('the graph has no value later');
  });
});

describe('foldBatchNorm', () => {
  const stats = ['scale', 'shift', 'mean', 'variance'].map((name, i): [string, Tensor] => [name, f32([4], [0.5, 1, 1.5, 2].map((v) => v + i / 3))]);
  const model = modelOf(18, {
    nodes: [
      node('Conv', ['x', 'w', 'b'], ['c1'], { group: int(2) }), node('BatchNormalization', ['c1', 'scale', 'shift', 'mean', 'variance'], ['n1']),
      node('Conv', ['x', 'w'], ['c2'], { group: int(2) }), node('BatchNormalization', ['c2', 'scale', 'shift', 'mean', 'variance'], ['n2']), node('Add', ['n2', 'c2'], ['sum']),
      node('Add', ['n1', 'sum'], ['y']),
    ],
    initializers: new Map([['w', noise([4, 1, 2, 2])], ['b', noise([4], 2)], ...stats]),
  });

  it('folds where nothing else reads the convolution, and computes the same', async () => {
    const graph = await cut(model, [1, 2, 5, 5]);
    const folded = foldBatchNorm(graph);
    expect(folded.nodes.map(({ op, outputs }) => `${op} ${outputs[0]}`)).toEqual(['Conv n1', 'Conv c2', 'BatchNormalization n2', 'Add sum', 'Add y']);
    const picture = noise([1, 2, 5, 5], 4);
    expect(difference((await runModel(grafted(folded), { picture }))['y']!, (await runModel(grafted(graph), { picture }))['y']!)).toBeLessThan(1e-6);
  });

  it('keeps a convolution that is asked for', async () => {
    expect(foldBatchNorm(await cut(model, [1, 2, 5, 5], ['c1', 'n1'])).nodes).toHaveLength(2);
  });
});

describe('multiplyAdds', () => {
  it('counts by the definitions', async () => {
    const model = modelOf(18, {
      nodes: [
        node('Conv', ['x', 'w'], ['c'], { group: int(2), strides: ints([2, 2]) }), node('ConvTranspose', ['c', 'v'], ['d']), node('Flatten', ['c'], ['f']), node('Gemm', ['f', 'm'], ['g'], { transB: int(1) }),
        node('MatMul', ['d', 'q'], ['e']),
      ],
      initializers: new Map([['w', noise([6, 2, 3, 3])], ['v', noise([6, 5, 2, 2])], ['m', noise([7, 24])], ['q', noise([3, 8])]]), outputs: [output('g'), output('e')],
    });
    expect(Object.fromEntries(multiplyAdds(await cut(model, [1, 4, 5, 5], ['g', 'e'])))).toEqual({
      // c is 6 × 2 × 2 of 2 × 3 × 3 taps; d spreads each of 6 × 2 × 2 over 5 × 2 × 2; e is 5 × 3 × 8 of 3.
      Conv_of_c: 24 * 18, ConvTranspose_of_d: 24 * 20, Gemm_of_g: 7 * 24, MatMul_of_e: 5 * 3 * 8 * 3,
    });
  });
});
