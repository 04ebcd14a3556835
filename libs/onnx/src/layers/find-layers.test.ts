import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelOf, node, output } from '../../test/build-model.js';
import { noise } from '../../test/run-model.js';
import { modelPath, noModels, sharedModels } from '../../test/shared-models.js';
import { f32, findLayers, followedByRelu, i64, int, type Model, readModel, upgradeOpset } from '../index.js';

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
      id: 'layer1.0.conv1', tensor: 'layer1.0.bn1', op: 'Conv', node: 'layer1.0.conv1', site: 'pre', units: 16, weights: 'layer1.0.conv1.weight',
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
