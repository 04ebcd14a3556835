import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelOf, node, output } from '../../test/build-model.js';
import { noise } from '../../test/run-model.js';
import { modelPath, noModels, sharedModels } from '../../test/shared-models.js';
import { f32, findLayers, followedByRelu, i64, int, ints, type Model, readModel, upgradeOpset } from '../index.js';

const load = (name: string): Model => readModel(readFileSync(modelPath(name)));

describe.skipIf(noModels !== undefined)(`findLayers: the shared models ${noModels ?? ''}`, () => {
  // Numbers of layers and units from the data set's own list.
  it.each([
    { name: 'squeezenet1_1', Conv: [26, 3944] },
    { name: 'cifar10_resnet20', Conv: [19, 688], Gemm: [1, 10] },
    { name: 'cifar10_cnn', Conv: [4, 72], Gemm: [1, 10] },
    { name: 'mnist_cntk', Conv: [2, 24], MatMul: [1, 10] },
    { name: 'mobilenetv2_bn_backbone', Conv: [53, 17088] },
    { name: 'vit_tiny_patch16_224', Conv: [1, 192], MatMul: [48, 12 * (576 + 192 + 768 + 192)], Gemm: [1, 1000] },
  ])('$name has the layers and units that it should', ({ name, ...expected }) => {
    const found: Record<string, number[]> = {};
    for (const { op, units } of findLayers(load(name))) found[op] = [(found[op]?.[0] ?? 0) + 1, (found[op]?.[1] ?? 0) + units];
    expect(found).toEqual(expected);
  });

  it.each(sharedModels)('$name: ids are unique and safe, tensors are of the upgraded graph', ({ name }) => {
    const model = load(name);
    const layers = findLayers(model);
    expect(new Set(layers.map(({ id }) => id)).size).toBe(layers.length);
    for (const { id } of layers) expect(id).toMatch(/^[A-Za-z0-9._-]+$/);
    const made = new Set(upgradeOpset(model).graph.nodes.flatMap(({ outputs }) => outputs));
    for (const { tensor } of layers) expect(made.has(tensor)).toBe(true);
    expect(findLayers(load(name))).toEqual(layers);
  });

  it('stops before the nonlinearity, behind batch normalisation and bias', () => {
    expect(findLayers(load('mnist_cntk')).map(({ id, tensor }) => [id, tensor])).toEqual([
      ['Convolution28', 'Plus30_Output_0'], ['Convolution110', 'Plus112_Output_0'], ['Times212', 'Plus214_Output_0'],
    ]);
    expect(findLayers(load('cifar10_resnet20'))[1]).toEqual({
      id: 'layer1.0.conv1', tensor: 'layer1.0.bn1', op: 'Conv', node: 'layer1.0.conv1', site: 'pre', units: 16, axis: 1, kind: 'channel', weights: 'layer1.0.conv1.weight',
    });
    expect(findLayers(load('vit_tiny_patch16_224')).slice(1, 5).map(({ id, tensor }) => [id, tensor])).toEqual([
      ['blocks.0.attn.qkv', 'blocks.0.attn.qkv'], ['blocks.0.attn.proj', 'blocks.0.attn.proj'], ['blocks.0.mlp.fc1', 'blocks.0.mlp.fc1'], ['blocks.0.mlp.fc2', 'blocks.0.mlp.fc2'],
    ]);
  });

  it('tells which values go through a rectifier', () => {
    const model = load('cifar10_resnet20');
    expect(['bn1', 'layer1.0.bn1', 'layer1.0.bn2', 'logits'].map((tensor) => followedByRelu(model, tensor))).toEqual([true, true, false, false]);
  });
});

describe('findLayers: transformers', () => {
  /** Two tokens axes of a block: norm-free attention of 2 heads over 5 tokens of 6 features, its residual, an MLP of 8, its residual. */
  const block = (): { model: Model; shapes: Map<string, readonly number[]> } => {
    const model = modelOf(18, {
      nodes: [
        node('MatMul', ['x', 'attn.v.weight'], ['v']), node('Reshape', ['v', 'split'], ['vs']), node('Transpose', ['vs'], ['vt'], { perm: ints([0, 2, 1, 3]) }),
        node('Transpose', ['vt'], ['kt'], { perm: ints([0, 1, 3, 2]) }), node('MatMul', ['vt', 'kt'], ['qk']), node('Softmax', ['qk'], ['probs']), node('MatMul', ['probs', 'vt'], ['h']),
        node('Transpose', ['h'], ['ht'], { perm: ints([0, 2, 1, 3]) }), node('Reshape', ['ht', 'join'], ['hj']), node('MatMul', ['hj', 'attn.proj.weight'], ['p']), node('Mul', ['p', 'scale'], ['ps']),
        node('Add', ['x1', 'ps'], ['s1']), node('MatMul', ['s1', 'mlp.fc1.weight'], ['m']), node('Relu', ['m'], ['r']), node('MatMul', ['r', 'mlp.fc2.weight'], ['n']), node('Add', ['s1', 'n'], ['s2']),
        node('Add', ['n', 'm2'], ['odd']), node('Identity', ['x'], ['x1']), node('MatMul', ['r', 'r2'], ['m2']), node('Transpose', ['r'], ['r2'], { perm: ints([0, 2, 1]) }),
      ].sort((a, b) => order.indexOf(a.outputs[0]!) - order.indexOf(b.outputs[0]!)),
      outputs: [output('s2')],
      initializers: new Map<string, ReturnType<typeof noise> | ReturnType<typeof i64>>([
        ['attn.v.weight', noise([6, 6])], ['attn.proj.weight', noise([6, 6])], ['mlp.fc1.weight', noise([6, 8])], ['mlp.fc2.weight', noise([8, 6])], ['scale', noise([6])],
        ['split', i64([4], [0, 5, 2, 3])], ['join', i64([3], [0, 5, 6])],
      ]),
    });
    const tokens = (...shape: number[]): readonly number[] => [3, ...shape];
    return { model, shapes: new Map([['x', tokens(5, 6)], ['x1', tokens(5, 6)], ['v', tokens(5, 6)], ['vs', tokens(5, 2, 3)], ['vt', tokens(2, 5, 3)], ['kt', tokens(2, 3, 5)], ['qk', tokens(2, 5, 5)], ['probs', tokens(2, 5, 5)],
      ['h', tokens(2, 5, 3)], ['ht', tokens(5, 2, 3)], ['hj', tokens(5, 6)], ['p', tokens(5, 6)], ['ps', tokens(5, 6)], ['s1', tokens(5, 6)], ['m', tokens(5, 8)], ['r', tokens(5, 8)], ['n', tokens(5, 6)], ['s2', tokens(5, 6)]]) };
  };
  const order = ['x1', 'v', 'vs', 'vt', 'kt', 'qk', 'probs', 'h', 'ht', 'hj', 'p', 'ps', 's1', 'm', 'r', 'n', 's2', 'r2', 'm2', 'odd'];

  it('lists heads and residual streams where shapes are known, in the graph\'s order', () => {
    const { model, shapes } = block();
    expect(findLayers(model, shapes).map(({ id, tensor, kind, units, axis, site }) => [id, tensor, kind, units, axis, site])).toEqual([
      ['attn.v', 'v', 'feature', 6, -1, 'pre'], ['attn.heads', 'h', 'head', 2, 1, 'post'], ['attn.proj', 'ps', 'feature', 6, -1, 'pre'], ['attn.residual', 's1', 'stream', 6, -1, 'post'],
      ['mlp.fc1', 'm', 'feature', 8, -1, 'pre'], ['mlp.fc2', 'n', 'feature', 6, -1, 'pre'], ['mlp.residual', 's2', 'stream', 6, -1, 'post'],
    ]);
    expect(findLayers(model).map(({ id }) => id)).toEqual(['attn.v', 'attn.proj', 'mlp.fc1', 'mlp.fc2']);
  });

  it('lists no heads whose batch axis holds windows too', () => {
    const { model, shapes } = block();
    expect(findLayers(model, shapes.set('h', [12, 2, 5, 3])).map(({ kind }) => kind)).not.toContain('head');
  });
});

describe('findLayers: what belongs to a unit', () => {
  const conv = (...after: Model['graph']['nodes']): string => {
    const model = modelOf(18, {
      nodes: [node('Conv', ['x', 'w'], ['c']), ...after], outputs: [output(after.at(-1)?.outputs[0] ?? 'c')],
      initializers: new Map([
        ['w', noise([4, 3, 1, 1])], ['channel', noise([4, 1, 1])], ['batch', noise([1, 4, 1, 1])], ['column', noise([4])], ['scalar', f32([], [2])], ['place', noise([4, 4, 1])],
        ['flat', noise([4])], ['to', i64([4], [1, -1, 1, 1])], ...['s', 't', 'm', 'v'].map((name): [string, ReturnType<typeof noise>] => [name, noise([4])]),
      ]),
    });
    return findLayers(model)[0]!.tensor;
  };

  it('follows constants of one number a channel', () => {
    expect(conv(node('Mul', ['c', 'batch'], ['d']), node('Add', ['channel', 'd'], ['e']), node('Sub', ['e', 'channel'], ['f']))).toBe('f');
    expect(conv(node('BatchNormalization', ['c', 's', 't', 'm', 'v'], ['n']), node('Relu', ['n'], ['r']))).toBe('n');
    expect(conv(node('Reshape', ['flat', 'to'], ['bias']), node('Add', ['c', 'bias'], ['d']))).toBe('d');
  });

  it('follows nothing else: a constant a column, a place, for all, or taken from', () => {
    expect(conv(node('Add', ['c', 'column'], ['d']))).toBe('c');
    expect(conv(node('Add', ['c', 'place'], ['d']))).toBe('c');
    expect(conv(node('Mul', ['c', 'scalar'], ['d']))).toBe('c');
    expect(conv(node('Sub', ['channel', 'c'], ['d']))).toBe('c');
    expect(conv(node('Add', ['c', 'c'], ['d']))).toBe('c');
  });

  it('stops where the value is read twice', () => {
    expect(conv(node('Add', ['c', 'channel'], ['d']), node('Mul', ['d', 'c'], ['e']))).toBe('c');
  });

  it('finds weights behind transposes and casts, and no layer where both sides move', () => {
    const model = modelOf(18, {
      nodes: [
        node('Transpose', ['w'], ['wT']), node('Cast', ['wT'], ['wc'], { to: int(1) }), node('MatMul', ['x', 'wc'], ['a']), node('MatMul', ['a', 'a'], ['b']), node('MatMul', ['w', 'a'], ['d']),
        node('Add', ['b', 'd'], ['y']),
      ],
      initializers: new Map([['w', noise([5, 3])]]),
    });
    expect(findLayers(model).map(({ node: of, units }) => [of, units])).toEqual([['MatMul_of_a', 5]]);
  });
});

describe('findLayers: ids', () => {
  const idOf = (name: string, weights: string, op = 'Conv'): string => {
    const model = modelOf(18, { nodes: [{ name, op, domain: '', inputs: ['x', weights], outputs: ['y'], attrs: {} }], initializers: new Map([[weights, noise(op === 'Conv' ? [2, 3, 1, 1] : [3, 2])]]) });
    return findLayers(model)[0]!.id;
  };
  it.each([
    ['/features/fire2/squeeze/Conv', 'onnx::Conv_193', 'Conv', 'features.fire2.squeeze'],
    ['Conv_12', 'fire2.squeeze.weight', 'Conv', 'fire2.squeeze'],
    ['/layer1/layer1.0/conv1/Conv', 'onnx::Conv_17', 'Conv', 'layer1.0.conv1'],
    ['/blocks/blocks.0/mlp/fc1/MatMul', 'onnx::MatMul_3000', 'MatMul', 'blocks.0.mlp.fc1'],
    ['Conv_0', '48', 'Conv', 'Conv_0'],
    ['17', '48', 'Conv', 'conv'],
    ['StatefulPartitionedCall/model/conv1/Conv2D__42', 'const_fold_opt__7', 'Conv', 'model.conv1'],
    ['sequential/dense/MatMul', 'sequential/dense/MatMul/ReadVariableOp:0', 'MatMul', 'sequential.dense'],
    ['resnetv15_conv0_fwd', 'resnetv15_conv0_weight', 'Conv', 'resnetv15_conv0'],
    ['a b/ü/Conv', 'W', 'Conv', 'a_b._'],
    ['../../etc/Conv', 'q', 'Conv', 'etc'],
  ])('%s with %s (%s) is %s', (name, weights, op, id) => {
    expect(idOf(name, weights, op)).toBe(id);
  });

  it('numbers layers that would have one id', () => {
    const model = modelOf(18, {
      nodes: [node('Conv', ['x', 'shared.weight'], ['a']), node('Relu', ['a'], ['b']), node('Conv', ['b', 'shared.weight'], ['y'])],
      initializers: new Map([['shared.weight', noise([3, 3, 1, 1])]]),
    });
    expect(findLayers(model).map(({ id }) => id)).toEqual(['shared.1', 'shared.2']);
  });
});

describe('followedByRelu', () => {
  const model = modelOf(18, {
    nodes: [node('Neg', ['x'], ['a']), node('Clip', ['a', 'zero', 'six'], ['b']), node('Clip', ['b', 'six'], ['c']), node('Relu', ['c'], ['d']), node('Exp', ['c'], ['e']), node('Add', ['d', 'e'], ['y'])],
    initializers: new Map([['zero', f32([], [0])], ['six', f32([], [6])]]),
  });
  it('takes Clip from zero for a rectifier, other clips not, and wants all readers to be one', () => {
    expect(['a', 'b', 'c', 'y'].map((tensor) => followedByRelu(model, tensor))).toEqual([true, false, false, false]);
  });
});
