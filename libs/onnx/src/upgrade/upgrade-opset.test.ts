import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelOf, node, output } from '../../test/build-model.js';
import { plain } from '../../test/plain.js';
import { difference, noise, runModel } from '../../test/run-model.js';
import { modelPath, noModels, sharedModels } from '../../test/shared-models.js';
import {
  type Attributes, f32, float, floats, type FunctionDefinition, graphAttribute, i64, int, ints, type Model, type Node, readModel, string, tensor, type Tensor,
  tensorAttribute, upgradeOpset,
} from '../index.js';
import * as changes from './changes/index.js';

interface Case {
  readonly what: string;
  readonly opset: number;
  readonly op: string;
  readonly attrs?: Attributes;
  /** The first is fed, named x; strings are left out, the others initialisers. */
  readonly inputs: readonly (Tensor | '')[];
  readonly outputs?: number;
}

function modelOfCase({ opset, op, attrs = {}, inputs, outputs = 1 }: Case): Model {
  const names = inputs.map((value, i) => (value === '' ? '' : i === 0 ? 'x' : `input${i}`));
  const made = Array.from({ length: outputs }, (_, i) => (i === 0 ? 'y' : `y${i}`));
  const x = inputs[0] as Tensor;
  return modelOf(opset, {
    nodes: [node(op, names, made, attrs)],
    inputs: [{ name: 'x', dtype: x.dtype, shape: x.shape }],
    outputs: made.map(output),
    initializers: new Map(inputs.slice(1).flatMap((value, i): [string, Tensor][] => (value === '' ? [] : [[`input${i + 1}`, value]]))),
  });
}

/** The largest difference between what the model computes before and after. */
async function changeOf(model: Model, feeds: Readonly<Record<string, Tensor>>): Promise<number> {
  const [before, after] = [await runModel(model, feeds), await runModel(upgradeOpset(model), feeds)];
  expect(Object.keys(after)).toEqual(Object.keys(before));
  return Math.max(...Object.keys(before).map((name) => difference(after[name]!, before[name]!)));
}

const picture = noise([2, 3, 6, 8]);
const stats = (shape: readonly number[]): Tensor[] => [noise(shape, 2), noise(shape, 3), noise(shape, 4), f32(shape, Array.from(noise(shape, 5).data as Float32Array, (v) => v + 1.5))];
const half = (values: readonly number[]): Tensor => tensor('f16', [values.length], Uint16Array.from(values));

const cases: readonly Case[] = [
  { what: 'BatchNormalization with `spatial`', opset: 7, op: 'BatchNormalization', attrs: { spatial: int(1), epsilon: float(0.01), momentum: float(0.9) }, inputs: [picture, ...stats([3])] },
  { what: 'BatchNormalization of every place', opset: 7, op: 'BatchNormalization', attrs: { spatial: int(0), epsilon: float(0.01) }, inputs: [picture, ...stats([3, 6, 8])] },
  { what: 'BatchNormalization as it has long been', opset: 9, op: 'BatchNormalization', inputs: [picture, ...stats([3])] },
  { what: 'Dropout', opset: 7, op: 'Dropout', attrs: { ratio: float(0.3) }, inputs: [picture] },
  { what: 'Dropout by inputs', opset: 12, op: 'Dropout', inputs: [picture, f32([], [0.5]), tensor('bool', [], Uint8Array.of(0))] },
  { what: 'Dropout whose mask is read', opset: 12, op: 'Dropout', inputs: [picture], outputs: 2 },
  { what: 'Upsample by attribute', opset: 7, op: 'Upsample', attrs: { scales: floats([1, 1, 2, 3]) }, inputs: [picture] },
  { what: 'Upsample by a fraction', opset: 7, op: 'Upsample', attrs: { scales: floats([1, 1, 1.3, 1.9]), mode: string('nearest') }, inputs: [picture] },
  { what: 'Upsample, linear', opset: 9, op: 'Upsample', attrs: { mode: string('linear') }, inputs: [picture, f32([4], [1, 1, 2, 1.5])] },
  { what: 'Resize 10, growing', opset: 10, op: 'Resize', inputs: [picture, f32([4], [1, 1, 1.7, 2.5])] },
  { what: 'Resize 10, shrinking', opset: 10, op: 'Resize', inputs: [picture, f32([4], [1, 1, 0.6, 0.4])] },
  { what: 'Resize 10, both', opset: 10, op: 'Resize', inputs: [picture, f32([4], [1, 1, 0.6, 1.6])] },
  { what: 'Resize 10, linear', opset: 10, op: 'Resize', attrs: { mode: string('linear') }, inputs: [picture, f32([4], [1, 1, 0.6, 1.6])] },
  { what: 'Resize 11 to sizes, the rest empty', opset: 11, op: 'Resize', attrs: { mode: string('linear'), coordinate_transformation_mode: string('pytorch_half_pixel') }, inputs: [picture, f32([0], []), f32([0], []), i64([4], [2, 3, 9, 5])] },
  { what: 'Resize 11, tf_half_pixel_for_nn', opset: 11, op: 'Resize', attrs: { coordinate_transformation_mode: string('tf_half_pixel_for_nn'), nearest_mode: string('floor') }, inputs: [picture, f32([0], []), f32([4], [1, 1, 1.7, 0.55])] },
  { what: 'Resize 11, cropping', opset: 11, op: 'Resize', attrs: { mode: string('linear'), coordinate_transformation_mode: string('tf_crop_and_resize') }, inputs: [picture, f32([8], [0, 0, 0.2, 0.3, 1, 1, 0.7, 0.8]), f32([0], []), i64([4], [2, 3, 9, 5])] },
  { what: 'Slice', opset: 9, op: 'Slice', attrs: { starts: ints([1, -4]), ends: ints([2 ** 63, -1]), axes: ints([1, 3]) }, inputs: [picture] },
  { what: 'Slice without axes', opset: 7, op: 'Slice', attrs: { starts: ints([0, 1]), ends: ints([1, 3]) }, inputs: [picture] },
  { what: 'TopK', opset: 9, op: 'TopK', attrs: { k: int(2), axis: int(1) }, inputs: [picture], outputs: 2 },
  { what: 'Scatter', opset: 9, op: 'Scatter', attrs: { axis: int(1) }, inputs: [noise([2, 5]), i64([2, 2], [1, 3, 0, 4]), f32([2, 2], [9, 8, 7, 6])] },
  { what: 'Clip with both bounds', opset: 7, op: 'Clip', attrs: { min: float(-0.25), max: float(0.5) }, inputs: [picture] },
  { what: 'Clip with a lower bound', opset: 10, op: 'Clip', attrs: { min: float(0) }, inputs: [picture] },
  { what: 'Clip with an upper bound and the largest number as the lower', opset: 10, op: 'Clip', attrs: { min: float(-3.4028234663852886e38), max: float(0) }, inputs: [picture] },
  { what: 'Pad with a value', opset: 7, op: 'Pad', attrs: { pads: ints([0, 0, 1, 2, 0, 0, 0, 1]), value: float(0.5) }, inputs: [picture] },
  { what: 'Pad that mirrors and crops', opset: 9, op: 'Pad', attrs: { mode: string('reflect'), pads: ints([0, 0, 1, 2, 0, 0, -1, 1]) }, inputs: [picture] },
  { what: 'Squeeze', opset: 11, op: 'Squeeze', attrs: { axes: ints([-1, 0]) }, inputs: [noise([1, 3, 1])] },
  { what: 'Squeeze of all', opset: 7, op: 'Squeeze', inputs: [noise([1, 3, 1])] },
  { what: 'Unsqueeze', opset: 7, op: 'Unsqueeze', attrs: { axes: ints([0, 2]) }, inputs: [noise([3, 4])] },
  { what: 'Split by lengths', opset: 11, op: 'Split', attrs: { axis: int(1), split: ints([1, 2]) }, inputs: [picture], outputs: 2 },
  { what: 'Split in equal parts', opset: 7, op: 'Split', attrs: { axis: int(3) }, inputs: [picture], outputs: 4 },
  { what: 'Split 13 in equal parts', opset: 13, op: 'Split', attrs: { axis: int(2) }, inputs: [picture], outputs: 3 },
  { what: 'Softmax over all after the first axis', opset: 7, op: 'Softmax', inputs: [picture] },
  { what: 'Softmax from axis 2', opset: 12, op: 'Softmax', attrs: { axis: int(2) }, inputs: [picture] },
  { what: 'Softmax along the last axis', opset: 11, op: 'Softmax', attrs: { axis: int(-1) }, inputs: [picture] },
  { what: 'Softmax from the third axis, counted from the end', opset: 11, op: 'Softmax', attrs: { axis: int(-2) }, inputs: [picture] },
  { what: 'LogSoftmax', opset: 9, op: 'LogSoftmax', attrs: { axis: int(0) }, inputs: [noise([3, 4])] },
  { what: 'Hardmax', opset: 11, op: 'Hardmax', inputs: [picture] },
  { what: 'Gemm', opset: 7, op: 'Gemm', attrs: { alpha: float(0.5), transB: int(1) }, inputs: [noise([2, 3]), noise([4, 3], 2), noise([4], 3)] },
  { what: 'Conv with auto_pad', opset: 7, op: 'Conv', attrs: { auto_pad: string('SAME_UPPER'), kernel_shape: ints([4, 4]) }, inputs: [picture, noise([2, 3, 4, 4], 2)] },
  { what: 'RoiAlign', opset: 10, op: 'RoiAlign', attrs: { output_height: int(2), output_width: int(3), sampling_ratio: int(2) }, inputs: [picture, f32([1, 4], [0.5, 1, 6, 4]), i64([1], [1])] },
  ...['ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum', 'ReduceSumSquare'].flatMap((op): Case[] => {
    const positive = f32([2, 3, 4], Array.from(noise([2, 3, 4]).data as Float32Array, (v) => Math.abs(v) + 0.1));
    return [
      { what: `${op} along axes`, opset: 11, op, attrs: { axes: ints([-1, 1]), keepdims: int(0) }, inputs: [positive] },
      { what: `${op} along all`, opset: 7, op, inputs: [positive] },
      { what: `${op} at 13`, opset: 13, op, ...(op === 'ReduceSum' ? { inputs: [positive, i64([1], [1])] } : { attrs: { axes: ints([1]) }, inputs: [positive] }) },
    ];
  }),
];

describe('upgradeOpset: one operator at a time, before and after under the runtime', () => {
  it.each(cases)('$what (opset $opset) computes the same', async (example) => {
    const model = modelOfCase(example);
    expect(upgradeOpset(model).opsets.get('')).toBe(18);
    expect(await changeOf(model, { x: example.inputs[0] as Tensor })).toBeLessThan(1e-6);
  });

  it('gives bounds of the type of the value', async () => {
    const model = modelOf(9, { nodes: [node('Cast', ['x'], ['h'], { to: int(10) }), node('Clip', ['h'], ['y'], { min: float(-0.3), max: float(0.1) })] });
    const y = (await runModel(upgradeOpset(model), { x: f32([3], [-1, 0, 1]) }))['y']!;
    // −0.3 and 0.1 in float16.
    expect(y).toEqual({ ...half([0xb4cd, 0, 0x2e66]) });
  });
});

// The runtime has no kernels for opsets before 7: what these compute is worked out by hand.
describe('upgradeOpset: operators from before opset 7', () => {
  const x = f32([1, 2, 1, 2], [1, 2, 3, 4]);
  const rows: readonly (Case & { readonly expected: Tensor })[] = [
    { what: 'Add along an axis', opset: 6, op: 'Add', attrs: { broadcast: int(1), axis: int(1) }, inputs: [x, f32([2], [10, 20])], expected: f32([1, 2, 1, 2], [11, 12, 23, 24]) },
    { what: 'Mul of a suffix', opset: 4, op: 'Mul', attrs: { broadcast: int(1), consumed_inputs: ints([0]) }, inputs: [x, f32([2], [10, 20])], expected: f32([1, 2, 1, 2], [10, 40, 30, 80]) },
    { what: 'PRelu with a slope a channel', opset: 6, op: 'PRelu', inputs: [f32([1, 2, 1, 2], [-1, 2, -3, 4]), f32([2], [0.5, 2])], expected: f32([1, 2, 1, 2], [-0.5, 2, -6, 4]) },
    { what: 'Reshape by attribute', opset: 4, op: 'Reshape', attrs: { shape: ints([2, -1]) }, inputs: [x], expected: f32([2, 2], [1, 2, 3, 4]) },
    { what: 'Cast to a word', opset: 5, op: 'Cast', attrs: { to: string('INT64') }, inputs: [x], expected: i64([1, 2, 1, 2], [1, 2, 3, 4]) },
    { what: 'Concat with no axis', opset: 3, op: 'Concat', inputs: [x, x], expected: f32([1, 4, 1, 2], [1, 2, 3, 4, 1, 2, 3, 4]) },
    { what: 'Gemm with a flag', opset: 6, op: 'Gemm', attrs: { broadcast: int(1) }, inputs: [f32([1, 2], [1, 2]), f32([2, 1], [3, 4]), f32([1], [5])], expected: f32([1, 1], [16]) },
    { what: 'Upsample by two factors', opset: 6, op: 'Upsample', attrs: { height_scale: float(1), width_scale: float(2), mode: string('bilinear') }, inputs: [f32([1, 1, 1, 2], [0, 2])], expected: f32([1, 1, 1, 4], [0, 1, 2, 2]) },
    { what: 'Pad with `paddings`', opset: 1, op: 'Pad', attrs: { paddings: ints([1, 0]), value: float(7) }, inputs: [f32([1], [1])], expected: f32([2], [7, 1]) },
    { what: 'BatchNormalization under test', opset: 6, op: 'BatchNormalization', attrs: { is_test: int(1), epsilon: float(0) }, inputs: [x, f32([2], [2, 3]), f32([2], [1, 1]), f32([2], [1, 1]), f32([2], [4, 1])], expected: f32([1, 2, 1, 2], [1, 2, 7, 10]) },
    { what: 'ImageScaler', opset: 6, op: 'ImageScaler', attrs: { scale: float(2), bias: floats([1, -1]) }, inputs: [x], expected: f32([1, 2, 1, 2], [3, 5, 5, 7]) },
  ];
  it.each(rows)('$what', async (row) => {
    const y = (await runModel(upgradeOpset(modelOfCase(row)), { x: row.inputs[0] as Tensor }))['y']!;
    expect(difference(y, row.expected)).toBeLessThan(1e-6);
  });
});

describe('upgradeOpset: the form of the result', () => {
  const x = f32([2], [-1, 2]);

  it('turns Constant nodes of every kind into initialisers', async () => {
    const model = modelOf(13, {
      nodes: [
        node('Constant', [], ['a'], { value: tensorAttribute(f32([2], [1, 2])) }), node('Constant', [], ['b'], { value_float: float(3) }),
        node('Constant', [], ['axes'], { value_ints: ints([0]) }), node('Add', ['x', 'a'], ['c']), node('Mul', ['c', 'b'], ['d']), node('Unsqueeze', ['d', 'axes'], ['y']),
      ],
    });
    const { graph } = upgradeOpset(model);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Add', 'Mul', 'Unsqueeze']);
    expect([...graph.initializers.keys()]).toEqual(['a', 'b', 'axes']);
    expect(await changeOf(model, { x })).toBe(0);
  });

  it('drops Identity and Dropout, the names of outputs kept', async () => {
    const model = modelOf(9, {
      nodes: [
        node('Identity', ['x'], ['a']), node('Relu', ['a'], ['b']), node('Identity', ['b'], ['c']), node('Identity', ['c'], ['d']),
        node('Neg', ['c'], ['e']), node('Dropout', ['d'], ['y']), node('Identity', ['y'], ['z']),
      ],
      outputs: [output('y'), output('e'), output('z')],
    });
    const { graph } = upgradeOpset(model);
    expect(graph.nodes.map(({ op, inputs, outputs }) => `${outputs} = ${op}(${inputs})`)).toEqual(['y = Relu(x)', 'e = Neg(y)', 'z = Identity(y)']);
    expect(await changeOf(model, { x })).toBe(0);
  });

  it('keeps an output that is an input, a constant, or another output', async () => {
    const model = modelOf(9, {
      nodes: [node('Identity', ['x'], ['a']), node('Constant', [], ['b'], { value: tensorAttribute(f32([1], [4])) }), node('Relu', ['x'], ['y'])],
      outputs: [output('a'), output('b'), output('y')],
    });
    expect(await changeOf(model, { x })).toBe(0);
  });

  it('upgrades branches, and what they read from outside', async () => {
    const branch = (name: string, nodes: readonly Node[]): Attributes[string] => graphAttribute({ name, nodes, inputs: [], outputs: [output(`${name}_y`)], initializers: new Map() });
    const model = modelOf(9, {
      nodes: [
        node('Identity', ['x'], ['a']), node('Dropout', ['a'], ['b']), node('ReduceSum', ['x'], ['total'], { keepdims: int(0) }), node('Cast', ['total'], ['c'], { to: int(9) }),
        node('If', ['c'], ['y'], {
          then_branch: branch('then', [node('Identity', ['b'], ['inner']), node('Clip', ['inner'], ['then_y'], { min: float(0) })]),
          else_branch: branch('else', [node('Constant', [], ['two'], { value: tensorAttribute(f32([], [2])) }), node('Mul', ['b', 'two'], ['else_y'])]),
        }),
      ],
    });
    expect(upgradeOpset(model).graph.nodes.map(({ op }) => op)).toEqual(['ReduceSum', 'Cast', 'If']);
    for (const feed of [x, f32([2], [-1, 1])]) expect(await changeOf(model, { x: feed })).toBe(0);
  });

  const doubler: FunctionDefinition = {
    domain: 'own', name: 'Leak', inputs: ['a', 'shift'], outputs: ['b', 'same'], attributes: ['slope'], defaults: { factor: float(3) }, opsets: new Map([['', 18], ['own', 1]]),
    nodes: [
      node('LeakyRelu', ['a'], ['t'], { alpha: { type: 'reference', value: 'slope', of: 'float' } }),
      node('Constant', [], ['k'], { value_float: { type: 'reference', value: 'factor', of: 'float' } }),
      node('Mul', ['t', 'k'], ['u']), node('Add', ['u', 'shift'], ['b']), node('Identity', ['a'], ['same']),
    ],
  };
  const caller: FunctionDefinition = {
    domain: 'own', name: 'Twice', inputs: ['a', 's'], outputs: ['b'], attributes: [], defaults: {}, opsets: new Map([['', 18], ['own', 1]]),
    nodes: [node('Leak', ['a', 's'], ['t', 'u'], { slope: float(0.5) }, 'own'), node('Leak', ['t', 's'], ['b', 'c'], { slope: float(0.1), factor: float(1) }, 'own')],
  };
  it('puts functions in place, those called by functions too', async () => {
    const model = modelOf(18, {
      nodes: [node('Twice', ['x', 'one'], ['t'], {}, 'own'), node('Leak', ['t', 'one'], ['y', 'z'], { slope: float(2) }, 'own')],
      outputs: [output('y'), output('z')],
      initializers: new Map([['one', f32([], [1])]]),
    }, { functions: [doubler, caller], opsets: new Map([['', 18], ['own', 1]]), irVersion: 8 });
    expect(upgradeOpset(model).graph.nodes.every(({ domain }) => domain === '')).toBe(true);
    expect(await changeOf(model, { x })).toBeLessThan(1e-6);
  });

  it('brings a graph beyond 18 where a function of it was written for more, the modes of GridSample included', async () => {
    const grid = f32([1, 2, 2, 2], [-0.9, -0.3, 0.4, 0.8, 0.1, -1.2, 0.6, 0]);
    const sampled: FunctionDefinition = { domain: 'own', name: 'Sampled', inputs: ['a', 'b'], outputs: ['c'], attributes: [], defaults: {}, opsets: new Map([['', 16]]), nodes: [node('GridSample', ['a', 'b'], ['c'], { mode: string('bilinear') })] };
    const gelu: FunctionDefinition = { domain: 'own', name: 'Curved', inputs: ['a'], outputs: ['b'], attributes: [], defaults: {}, opsets: new Map([['', 20]]), nodes: [node('Gelu', ['a'], ['b'])] };
    const made = (functions: readonly FunctionDefinition[]): Model => modelOf(16, {
      nodes: [node('Sampled', ['x', 'grid'], ['s'], {}, 'own'), ...(functions.length > 1 ? [node('Curved', ['s'], ['y'], {}, 'own')] : [node('Neg', ['s'], ['y'])])], initializers: new Map([['grid', grid]]),
    }, { functions, opsets: new Map([['', 16], ['own', 1]]), irVersion: 8 });
    const feeds = { x: noise([1, 2, 4, 5]) };
    expect(await changeOf(made([sampled]), feeds)).toBeLessThan(1e-6);
    expect(upgradeOpset(made([sampled])).graph.nodes[0]!.attrs['mode']).toEqual(string('bilinear'));
    const newer = upgradeOpset(made([sampled, gelu]));
    expect([newer.opsets.get(''), newer.graph.nodes[0]!.attrs['mode']]).toEqual([20, string('linear')]);
    expect((await runModel(newer, feeds))['y']!.shape).toEqual([1, 2, 2, 2]);
  });

  it('refuses a function that calls itself', () => {
    const endless: FunctionDefinition = { ...caller, nodes: [node('Twice', ['a', 's'], ['b'], {}, 'own')] };
    const model = modelOf(18, { nodes: [node('Twice', ['x', 'x'], ['y'], {}, 'own')] }, { functions: [endless] });
    expect(() => upgradeOpset(model)).toThrow('the function Twice of the model cannot be put in place: it calls itself');
  });

  it('refuses functions that multiply beyond all bounds, even if they come to nothing', () => {
    const opsets = new Map([['', 18], ['own', 1]]);
    const functions = Array.from({ length: 40 }, (_, i): FunctionDefinition => ({
      domain: 'own', name: `f${i}`, inputs: [], outputs: [], attributes: [], defaults: {}, opsets,
      nodes: i === 0 ? [] : [node(`f${i - 1}`, [], [], {}, 'own'), node(`f${i - 1}`, [], [], {}, 'own')],
    }));
    const model = modelOf(18, { nodes: [node('f39', [], [], {}, 'own'), node('Relu', ['x'], ['y'])] }, { functions });
    expect(() => upgradeOpset(model)).toThrow('the graph grows beyond 100000 nodes');
  });

  it('keeps opsets 18 to 22, and takes a newer one to 22 unless it uses what came later', () => {
    const relu = { nodes: [node('Relu', ['x'], ['y'])] };
    expect([18, 20, 22, 24].map((opset) => upgradeOpset(modelOf(opset, relu)).opsets.get(''))).toEqual([18, 20, 22, 22]);
    expect(() => upgradeOpset(modelOf(24, { nodes: [node('TensorScatter', ['x', 'x', 'x'], ['y'])] }))).toThrow('node TensorScatter_of_y uses TensorScatter of opset 24; opsets up to 22 are supported');
  });

  it('names the node that cannot be brought forward', () => {
    const trained = modelOf(9, { nodes: [node('BatchNormalization', ['x', 'x', 'x', 'x', 'x'], ['y', 'mean'])], outputs: [output('y'), output('mean')] });
    expect(() => upgradeOpset(trained)).toThrow('node BatchNormalization_of_y (BatchNormalization, opset 9) cannot be brought to a newer opset: it gives out training statistics');
  });

  it('leaves its own result as it is', () => {
    const once = upgradeOpset(modelOfCase(cases[1]!));
    expect(upgradeOpset(once)).toBe(once);
    expect(plain(upgradeOpset({ ...once }))).toEqual(plain(once));
  });

  it('gives bounds of float64 to a float64 value', () => {
    const model = modelOf(10, { inputs: [{ name: 'x', dtype: 'f64' }], nodes: [node('Clip', ['x'], ['y'], { max: float(1) })] });
    expect([...upgradeOpset(model).graph.initializers.values()][0]!.dtype).toBe('f64');
  });

  it('has every change of the folder in the index, each under the name of its file', () => {
    const files = readdirSync(new URL('./changes', import.meta.url)).filter((file) => file !== 'index.ts');
    const names = files.map((file) => file.replace('.ts', '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
    expect(Object.keys(changes).sort()).toEqual(names.sort());
  });
});

describe.skipIf(noModels !== undefined)(`upgradeOpset: the shared models ${noModels ?? ''}`, () => {
  it.each(sharedModels)('$name computes the same', async ({ name, input, picture: shape }) => {
    const model = readModel(readFileSync(modelPath(name)));
    expect(await changeOf(model, { [input]: noise([1, ...shape]) })).toBeLessThan(1e-5);
  });
});
