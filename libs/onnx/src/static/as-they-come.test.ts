import { ModelProto } from '@neuron-atlas/proto/onnx';
import { describe, expect, it } from 'vitest';
import { modelOf, node, output } from '../../test/build-model.js';
import { cpu, difference, noise, runModel } from '../../test/run-model.js';
import { f32, float, GraphBuilder, graft, graphAttribute, int, ints, type Model, type Node, readModel, specialize, string, tensor, type Tensor, writeModel } from '../index.js';
import { fromHalf, toHalf } from '../upgrade/scalar-like.js';

/** The model cut at y for pictures of that shape, as a graph of its own that takes `picture`. */
async function cut(model: Model, shape: readonly number[]): Promise<Model> {
  const graph = await specialize(model, { input: 'x', shape, outputs: ['y'], runtime: await cpu() });
  const g = new GraphBuilder({ opset: graph.opset });
  const value = graft(g, graph, g.input('picture', 'f32', graph.input.shape));
  return modelOf(graph.opset, g.build('cut', [value('y')]));
}
const run = async (model: Model, x: Tensor): Promise<Tensor> => (await runModel(model, { [model.graph.inputs[0]!.name]: x }))['y']!;
const halves = ({ shape, data }: Tensor): Tensor => tensor('f16', shape, Uint16Array.from(data as Float32Array, toHalf));
const rounded = ({ shape, data }: Tensor): Tensor => f32(shape, Array.from(data as Float32Array, (value) => fromHalf(toHalf(value))));

const [w, b] = [noise([4, 3, 3, 3], 2), noise([4], 3)];
const plain = (weights: Tensor, bias: Tensor): Model => modelOf(18, {
  inputs: [{ name: 'x', dtype: 'f32', shape: ['N', 3, 6, 8] }],
  nodes: [node('Conv', ['x', 'w', 'b'], ['c'], { pads: ints([1, 1, 1, 1]) }), node('Relu', ['c'], ['y'])], initializers: new Map([['w', weights], ['b', bias]]),
});
const picture = noise([2, 3, 6, 8]);

describe('models as they come, against the plain form of the same network', () => {
  it('takes one of float16 as float32 with the same weights', async () => {
    const half = { ...plain(halves(w), halves(b)) };
    const model: Model = { ...half, graph: { ...half.graph, inputs: [{ name: 'x', dtype: 'f16', shape: ['N', 3, 6, 8] }] } };
    expect(difference(await run(await cut(model, [2, 3, 6, 8]), picture), await run(plain(rounded(w), rounded(b)), picture))).toBeLessThan(1e-6);
  });

  it('takes one that casts a float32 picture to float16 and back', async () => {
    const model = modelOf(18, {
      inputs: [{ name: 'x', dtype: 'f32', shape: ['N', 3, 6, 8] }],
      nodes: [
        node('Cast', ['x'], ['h'], { to: int(10) }), node('Conv', ['h', 'w', 'b'], ['c'], { pads: ints([1, 1, 1, 1]) }), node('Relu', ['c'], ['r']), node('Cast', ['r'], ['y'], { to: int(1) }),
      ],
      initializers: new Map([['w', halves(w)], ['b', halves(b)]]),
    });
    expect(difference(await run(await cut(model, [2, 3, 6, 8]), picture), await run(plain(rounded(w), rounded(b)), picture))).toBeLessThan(1e-6);
  });

  it('takes pictures of uint8 with their channels last as real numbers with their channels first', async () => {
    const model = modelOf(13, {
      inputs: [{ name: 'x', dtype: 'u8', shape: [null, 6, 8, 3] }],
      nodes: [
        node('Cast', ['x'], ['real'], { to: int(1) }), node('Div', ['real', 'white'], ['unit']), node('Transpose', ['unit'], ['first'], { perm: ints([0, 3, 1, 2]) }),
        node('Conv', ['first', 'w', 'b'], ['c'], { pads: ints([1, 1, 1, 1]) }), node('Relu', ['c'], ['y']),
      ],
      initializers: new Map([['w', w], ['b', b], ['white', f32([], [255])]]),
    });
    const bytes = f32([2, 3, 6, 8], Array.from({ length: 288 }, (_, i) => (i * 37) % 256));
    const unit = f32([2, 3, 6, 8], Array.from(bytes.data as Float32Array, (value) => value / 255));
    expect(difference(await run(await cut(model, [2, 3, 6, 8]), bytes), await run(plain(w, b), unit))).toBeLessThan(1e-6);
  });

  it('takes a batch of one, channels last, in batches of three', async () => {
    const model = modelOf(13, {
      inputs: [{ name: 'x', dtype: 'f32', shape: [1, 6, 8, 3] }],
      nodes: [
        node('Transpose', ['x'], ['first'], { perm: ints([0, 3, 1, 2]) }), node('Conv', ['first', 'w', 'b'], ['c'], { auto_pad: string('SAME_UPPER') }), node('Relu', ['c'], ['r']),
        node('Transpose', ['r'], ['last'], { perm: ints([0, 2, 3, 1]) }), node('Transpose', ['last'], ['y'], { perm: ints([0, 3, 1, 2]) }),
      ],
      initializers: new Map([['w', w], ['b', b]]),
    });
    const three = noise([3, 3, 6, 8], 5);
    expect(difference(await run(await cut(model, [3, 3, 6, 8]), three), await run(plain(w, b), three))).toBeLessThan(1e-6);
  });

  it('takes initialisers that are listed as inputs, and weights that are read twice', async () => {
    const model = modelOf(18, {
      inputs: [{ name: 'x', dtype: 'f32', shape: ['N', 3, 6, 8] }],
      nodes: [node('Conv', ['x', 'w'], ['c'], { pads: ints([1, 1, 1, 1]) }), node('Conv', ['c', 'w'], ['d'], { pads: ints([1, 1, 1, 1]) }), node('Add', ['c', 'd'], ['y'])],
      initializers: new Map([['w', noise([3, 3, 3, 3], 2)]]),
    });
    const proto = ModelProto.decode(writeModel(model));
    proto.irVersion = 3n;
    proto.graph!.input.push({ ...proto.graph!.input[0]!, name: 'w' });
    const listed = readModel(ModelProto.encode(proto).finish());
    expect(difference(await run(await cut(listed, [2, 3, 6, 8]), picture), await run(model, picture))).toBeLessThan(1e-6);
  });

  it('takes a layer written as a function of the model, its weights sparse, behind a branch that a constant chooses', async () => {
    const some = f32([3, 3, 3, 3], Array.from({ length: 81 }, (_, i) => (i % 7 === 0 ? (i - 40) / 100 : 0)));
    const branch = (nodes: readonly Node[], made: string) => graphAttribute({ name: made, nodes, inputs: [], outputs: [output(made)], initializers: new Map() });
    const called = (weights: string, from: string, to: string): Node => node('Layer', [from, weights], [to], { slope: float(0.25) }, 'own');
    const model = modelOf(18, {
      inputs: [{ name: 'x', dtype: 'f32', shape: ['N', 3, 6, 8] }],
      nodes: [called('w', 'x', 'h'), node('If', ['deep'], ['y'], { then_branch: branch([called('w', 'h', 'a')], 'a'), else_branch: branch([node('Neg', ['h'], ['b'])], 'b') })],
      initializers: new Map([['w', some], ['deep', tensor('bool', [], Uint8Array.of(1))]]),
    }, {
      opsets: new Map([['', 18], ['own', 1]]),
      functions: [{
        domain: 'own', name: 'Layer', inputs: ['a', 'k'], outputs: ['b'], opsets: new Map([['', 18]]), attributes: ['slope'], defaults: {},
        nodes: [node('Conv', ['a', 'k'], ['c'], { pads: ints([1, 1, 1, 1]) }), node('LeakyRelu', ['c'], ['b'], { alpha: { type: 'reference', value: 'slope', of: 'float' } })],
      }],
    });
    const proto = ModelProto.decode(writeModel(model));
    const [dense] = proto.graph!.initializer.splice(proto.graph!.initializer.findIndex(({ name }) => name === 'w'), 1);
    const places = Array.from({ length: 12 }, (_, i) => BigInt(7 * i));
    proto.graph!.sparseInitializer.push({
      dims: [3n, 3n, 3n, 3n], values: { ...dense!, dims: [12n], rawData: undefined, floatData: places.map((at) => (some.data as Float32Array)[Number(at)]!) },
      indices: { ...dense!, name: '', dataType: 7, dims: [12n], rawData: undefined, floatData: [], int64Data: places },
    });
    const flat = modelOf(18, {
      inputs: [{ name: 'x', dtype: 'f32', shape: ['N', 3, 6, 8] }],
      nodes: ['h', 'y'].flatMap((made, i) => [node('Conv', [i === 0 ? 'x' : 'h', 'w'], [`c${i}`], { pads: ints([1, 1, 1, 1]) }), node('LeakyRelu', [`c${i}`], [made], { alpha: float(0.25) })]), initializers: new Map([['w', some]]),
    });
    const made = await cut(readModel(ModelProto.encode(proto).finish()), [2, 3, 6, 8]);
    expect(made.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'LeakyRelu', 'Conv', 'LeakyRelu']);
    expect(difference(await run(made, picture), await run(flat, picture))).toBeLessThan(1e-6);
  });

  it('takes the one of several inputs that is asked for, where the others have defaults or come behind the cut', async () => {
    const model = modelOf(18, {
      inputs: [{ name: 'mask', dtype: 'f32', shape: [1, 4] }, { name: 'x', dtype: 'f32', shape: ['N', 3, 6, 8] }],
      nodes: [node('Conv', ['x', 'w', 'b'], ['c'], { pads: ints([1, 1, 1, 1]) }), node('Relu', ['c'], ['y']), node('GlobalAveragePool', ['y'], ['p']), node('Flatten', ['p'], ['f']), node('Mul', ['f', 'mask'], ['z'])],
      outputs: [output('z'), output('f')], initializers: new Map([['w', w], ['b', b]]),
    });
    expect(difference(await run(await cut(model, [2, 3, 6, 8]), picture), await run(plain(w, b), picture))).toBeLessThan(1e-6);
  });
});
