import { type Attributes, f32, float, graphAttribute, i64, int, ints, type Model, type Node, sizeOf, string, tensor, type Tensor, type ValueInfo } from '@neuron-atlas/onnx';

const node = (op: string, inputs: readonly string[], outputs: readonly string[], attrs: Attributes = {}, domain = ''): Node => ({ name: `${op}_of_${outputs[0]}`, op, domain, inputs, outputs, attrs });
const untyped = (name: string): ValueInfo => ({ name, dtype: 'f32', untyped: true });
const weights = (shape: readonly number[], phase: number): Tensor => f32(shape, Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * i + phase) * 0.4));
const model = (opset: number, nodes: readonly Node[], initializers: Readonly<Record<string, Tensor>>, rest: Partial<Model> & { readonly input?: ValueInfo } = {}): Model => ({
  irVersion: 8, producer: 'fuzz', opsets: new Map([['', opset]]), functions: [], metadata: new Map([['author', 'nobody']]), ...rest,
  graph: {
    name: 'g', nodes, inputs: [rest.input ?? { name: 'x', dtype: 'f32', shape: [1, 3, 12, 12] }], outputs: [{ name: 'y', dtype: 'f32' }], initializers: new Map(Object.entries(initializers)),
  },
});
const branch = (name: string, op: string, from: string): Attributes[string] =>
  graphAttribute({ name, nodes: [node(op, [from], [`${name}_out`])], inputs: [], outputs: [untyped(`${name}_out`)], initializers: new Map() });

/** Old forms of operators, a branch with a constant condition, a batch fixed at one. */
const oldForms = model(9, [
  node('Conv', ['x', 'conv.weight'], ['c'], { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) }), node('BatchNormalization', ['c', 'scale', 'bias', 'mean', 'var'], ['bn'], { epsilon: float(1e-4) }),
  node('Clip', ['bn'], ['k'], { min: float(0), max: float(6) }), node('MaxPool', ['k'], ['p'], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }),
  node('Slice', ['p'], ['s'], { axes: ints([2]), starts: ints([1]), ends: ints([5]) }), node('Upsample', ['s', 'scales'], ['u'], { mode: string('nearest') }), node('Reshape', ['u', 'to'], ['r']), node('Dropout', ['r'], ['d']),
  node('If', ['yes'], ['b'], { then_branch: branch('then', 'Relu', 'd'), else_branch: branch('else', 'Neg', 'd') }), node('Gemm', ['b', 'fc.weight', 'fc.bias'], ['g'], { transB: int(1) }), node('Softmax', ['g'], ['y']),
], {
  'conv.weight': weights([4, 3, 3, 3], 1), scale: f32([4], [1, 0.5, 1.5, 1]), bias: weights([4], 2), mean: weights([4], 3), var: f32([4], [1, 2, 0.5, 1]), to: i64([2], [1, 192]), yes: tensor('bool', [], Uint8Array.of(1)),
  scales: f32([4], [1, 1, 2, 1]), 'fc.weight': weights([3, 192], 4), 'fc.bias': f32([3], [1, 2, 3]),
});

/** Functions of the model's own that call each other, with attributes and defaults. */
const functions = model(18, [
  node('Conv', ['x', 'w1'], ['c1'], { pads: ints([1, 1, 1, 1]) }), node('Block', ['c1', 'w2'], ['b1'], { slope: float(0.2) }, 'own'), node('Block', ['b1', 'w2'], ['b2'], {}, 'own'), node('GlobalAveragePool', ['b2'], ['a']), node('Flatten', ['a'], ['y']),
], { w1: weights([6, 3, 3, 3], 1), w2: weights([6, 6, 1, 1], 2) }, {
  opsets: new Map([['', 18], ['own', 1]]),
  functions: [
    {
      domain: 'own', name: 'Act', inputs: ['a'], outputs: ['b'], attributes: ['slope'], defaults: {}, opsets: new Map([['', 18]]),
      nodes: [node('LeakyRelu', ['a'], ['b'], { alpha: { type: 'reference', value: 'slope', of: 'float' } })],
    },
    {
      domain: 'own', name: 'Block', inputs: ['a', 'w'], outputs: ['sum'], attributes: [], defaults: { slope: float(0.1) }, opsets: new Map([['', 18], ['own', 1]]),
      nodes: [node('Conv', ['a', 'w'], ['c']), node('Act', ['c'], ['r'], { slope: { type: 'reference', value: 'slope', of: 'float' } }, 'own'), node('Add', ['a', 'r'], ['sum'])],
    },
  ],
});

/** A small transformer, its shapes computed from the picture's. */
const transformer = model(17, [
  node('Conv', ['x', 'patch'], ['p'], { kernel_shape: ints([4, 4]), strides: ints([4, 4]) }), node('Shape', ['p'], ['shape']), node('Slice', ['shape', 'zero', 'two'], ['nc']), node('Concat', ['nc', 'rest'], ['to'], { axis: int(0) }),
  node('Reshape', ['p', 'to'], ['flat']), node('Transpose', ['flat'], ['tokens'], { perm: ints([0, 2, 1]) }), node('Add', ['tokens', 'position'], ['t']), node('LayerNormalization', ['t', 'gain', 'shift'], ['n'], { axis: int(-1) }),
  node('MatMul', ['n', 'wq'], ['q']), node('MatMul', ['n', 'wk'], ['k']), node('MatMul', ['n', 'wv'], ['v']), node('Transpose', ['k'], ['kt'], { perm: ints([0, 2, 1]) }), node('MatMul', ['q', 'kt'], ['qk']), node('Div', ['qk', 'root'], ['scaled']),
  node('Softmax', ['scaled'], ['weights'], { axis: int(-1) }), node('MatMul', ['weights', 'v'], ['mixed']), node('Add', ['mixed', 't'], ['res']), node('MatMul', ['res', 'up'], ['m1']), node('Div', ['m1', 'sqrt2'], ['m2']), node('Erf', ['m2'], ['m3']),
  node('Add', ['m3', 'one'], ['m4']), node('Mul', ['m1', 'm4'], ['m5']), node('Mul', ['m5', 'half'], ['gelu']), node('MatMul', ['gelu', 'down'], ['m6']), node('Add', ['m6', 'res'], ['out']), node('ReduceMean', ['out'], ['pooled'], { axes: ints([1]), keepdims: int(0) }),
  node('Gemm', ['pooled', 'head', 'headbias'], ['y'], { transB: int(1) }),
], {
  patch: weights([8, 3, 4, 4], 1), zero: i64([1], [0]), two: i64([1], [2]), rest: i64([1], [-1]), position: weights([1, 9, 8], 2), gain: f32([8], Array.from({ length: 8 }, () => 1)), shift: weights([8], 3), wq: weights([8, 8], 4), wk: weights([8, 8], 5), wv: weights([8, 8], 6),
  root: f32([], [Math.sqrt(8)]), up: weights([8, 16], 7), sqrt2: f32([], [Math.SQRT2]), one: f32([], [1]), half: f32([], [0.5]), down: weights([16, 8], 8), head: weights([5, 8], 9), headbias: weights([5], 10),
});

/** Up and down: pads, transposed and grouped convolutions, resizing, splits and joins. */
const decoder = model(18, [
  node('Pad', ['x', 'pads'], ['pad'], { mode: string('reflect') }), node('Conv', ['pad', 'w1', 'b1'], ['c1'], { strides: ints([2, 2]), dilations: ints([1, 1]), auto_pad: string('SAME_UPPER') }), node('Split', ['c1'], ['s1', 's2'], { axis: int(1), num_outputs: int(2) }),
  node('Conv', ['s1', 'w2'], ['g'], { group: int(2), pads: ints([1, 1, 1, 1]) }), node('HardSwish', ['s2'], ['h']), node('Concat', ['g', 'h'], ['cat'], { axis: int(1) }), node('InstanceNormalization', ['cat', 'is', 'ib'], ['inorm']),
  node('AveragePool', ['inorm'], ['ap'], { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]), ceil_mode: int(1), count_include_pad: int(0) }), node('ConvTranspose', ['ap', 'w3'], ['up'], { strides: ints([2, 2]), output_padding: ints([1, 1]), pads: ints([1, 1, 1, 1]) }),
  node('PRelu', ['up', 'slope'], ['pr']), node('Resize', ['pr', '', '', 'sizes'], ['rs'], { mode: string('linear'), coordinate_transformation_mode: string('half_pixel') }), node('DepthToSpace', ['rs'], ['d2s'], { blocksize: int(2) }),
  node('ReduceMax', ['d2s', 'axes'], ['top'], { keepdims: int(1) }), node('Sub', ['d2s', 'top'], ['sub']), node('LogSoftmax', ['sub'], ['y'], { axis: int(1) }),
], {
  pads: i64([8], [0, 0, 1, 1, 0, 0, 1, 1]), w1: weights([8, 3, 3, 3], 1), b1: weights([8], 2), w2: weights([4, 2, 3, 3], 3), is: f32([8], Array.from({ length: 8 }, () => 1)), ib: weights([8], 4), w3: weights([8, 4, 3, 3], 5), slope: weights([4, 1, 1], 6), sizes: i64([4], [1, 4, 10, 10]), axes: i64([2], [2, 3]),
});

/** What ONNX Runtime's optimiser leaves in files. */
const fused = model(17, [
  node('FusedConv', ['x', 'w1', 'b1'], ['c'], { activation: string('Relu'), kernel_shape: ints([3, 3]) }, 'com.microsoft'), node('GlobalAveragePool', ['c'], ['p']), node('Flatten', ['p'], ['f']), node('Unsqueeze', ['f', 'axes'], ['tokens']),
  node('SkipLayerNormalization', ['tokens', 'tokens', 'gain', 'shift'], ['n'], { epsilon: float(1e-5) }, 'com.microsoft'), node('Gelu', ['n'], ['ge'], {}, 'com.microsoft'), node('MatMul', ['ge', 'w2'], ['y']),
], { w1: weights([8, 3, 3, 3], 1), b1: weights([8], 2), axes: i64([1], [1]), gain: f32([8], Array.from({ length: 8 }, () => 1)), shift: weights([8], 3), w2: weights([8, 4], 4) }, { opsets: new Map([['', 17], ['com.microsoft', 1]]) });

/** Channels last and bytes, as TensorFlow has pictures. */
const channelsLast = model(13, [
  node('Cast', ['x'], ['real'], { to: int(1) }), node('Mul', ['real', 'scale'], ['small']), node('Transpose', ['small'], ['first'], { perm: ints([0, 3, 1, 2]) }), node('Conv', ['first', 'w1', 'b1'], ['c'], { strides: ints([2, 2]) }), node('Elu', ['c'], ['e']),
  node('Conv', ['e', 'w2'], ['c2']), node('Transpose', ['c2'], ['last'], { perm: ints([0, 2, 3, 1]) }), node('ReduceSum', ['last', 'axes'], ['y'], { keepdims: int(0) }),
], { scale: f32([], [1 / 255]), w1: weights([5, 3, 3, 3], 1), b1: weights([5], 2), w2: weights([4, 5, 3, 3], 3), axes: i64([2], [1, 2]) }, { input: { name: 'x', dtype: 'u8', shape: [null, 12, 12, 3] } });

export const smallModels: Readonly<Record<string, Model>> = { oldForms, functions, transformer, decoder, fused, channelsLast };
