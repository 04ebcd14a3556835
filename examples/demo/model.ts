import { GraphBuilder, int, ints, openBatch, writeModel, type Tensor, type Value } from '@neuron-atlas/onnx';
import { heNormal, zeros, type Parameter } from '@neuron-atlas/training';
import { colourNames, shapeNames, textureNames } from './pictures/index.js';
import { smoothStart } from './training/smooth-start.js';

/** Side of a picture in pixels; values come in as (x / 255 − 0.5) / 0.5, so in −1..1. */
export const pictureSize = 64;

/** The three questions asked about a picture, in the order of their logits. */
export const questions = [
  { name: 'shape', answers: shapeNames },
  { name: 'texture', answers: textureNames },
  { name: 'colour', answers: colourNames },
] as const;

/** What each logit stands for: `shape:disc`, …, `texture:stripes`, …, `colour:red`, …. */
export const classNames: readonly string[] = questions.flatMap(({ name, answers }) => answers.map((answer) => `${name}:${answer}`));

/** Convolutions, each with a Relu behind it; some with a pool of 2 × 2 after that. */
const convolutions = [
  { name: 'conv1', inputs: 3, units: 24, kernel: 7, stride: 2, pooled: false },
  { name: 'conv2', inputs: 24, units: 48, kernel: 3, stride: 1, pooled: true },
  { name: 'conv3', inputs: 48, units: 64, kernel: 3, stride: 1, pooled: false },
  { name: 'conv4', inputs: 64, units: 64, kernel: 3, stride: 1, pooled: true },
  { name: 'conv5', inputs: 64, units: 96, kernel: 3, stride: 1, pooled: false },
  { name: 'conv6', inputs: 96, units: 96, kernel: 3, stride: 1, pooled: false },
] as const;
const features = 96;

export const parameters: readonly Parameter[] = [
  ...convolutions.flatMap(({ name, inputs, units, kernel }): Parameter[] => [
    { name: `${name}.weight`, shape: [units, inputs, kernel, kernel], init: name === 'conv1' ? smoothStart : heNormal },
    { name: `${name}.bias`, shape: [units], init: zeros },
  ]),
  { name: 'dense.weight', shape: [classNames.length, features], init: heNormal },
  { name: 'dense.bias', shape: [classNames.length], init: zeros },
];

/** The convolutions by name, from the picture to the answer; `relu…` of the same number is what their units answer. */
export const convolutionNames: readonly string[] = convolutions.map(({ name }) => name);
export const activationNames: readonly string[] = convolutionNames.map((name) => name.replace('conv', 'relu'));

/** f32[N, 3, 64, 64] to logits f32[N, 24]. Every tensor bears the name of the node that makes it. */
export function network(g: GraphBuilder, image: Value, parameter: (name: string) => Value): Value {
  const batch = image.shape[0]!;
  const node = (name: string, op: string, inputs: readonly Value[], attrs: Parameters<GraphBuilder['emit']>[2], shape: readonly number[]): Value =>
    g.within(name, () => g.emit(op, inputs, attrs, [{ dtype: 'f32', shape, name }])[0]!);
  let [x, side]: [Value, number] = [image, pictureSize];
  for (const { name, units, kernel, stride, pooled } of convolutions) {
    const number = name.slice('conv'.length), pad = (kernel - 1) / 2;
    side /= stride;
    const geometry = { kernel_shape: ints([kernel, kernel]), strides: ints([stride, stride]), pads: ints([pad, pad, pad, pad]) };
    x = node(name, 'Conv', [x, parameter(`${name}.weight`), parameter(`${name}.bias`)], geometry, [batch, units, side, side]);
    x = node(`relu${number}`, 'Relu', [x], {}, x.shape);
    if (!pooled) continue;
    side /= 2;
    x = node(`pool${number}`, 'MaxPool', [x], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }, [batch, units, side, side]);
  }
  x = node('mean', 'GlobalAveragePool', [x], {}, [batch, features, 1, 1]);
  x = node('features', 'Flatten', [x], { axis: int(1) }, [batch, features]);
  return node('logits', 'Gemm', [x, parameter('dense.weight'), parameter('dense.bias')], { transB: int(1) }, [batch, classNames.length]);
}

/** The logits that belong to one question: f32[N, answers]. */
export function logitsOf(g: GraphBuilder, logits: Value, question: (typeof questions)[number]['name']): Value {
  const index = questions.findIndex(({ name }) => name === question);
  const start = questions.slice(0, index).reduce((total, { answers }) => total + answers.length, 0);
  return g.slice(logits, [start], [start + questions[index]!.answers.length], [1]);
}

/**
 * The network with these weights as an ONNX file: `image` f32[N, 3, 64, 64] to `logits` f32[N, 24], N open.
 *
 * `alsoGive` names further tensors to give out, of those that `network` makes.
 */
export function modelFile(weights: ReadonlyMap<string, Tensor>, alsoGive: readonly string[] = []): Uint8Array {
  const opset = 18;
  const g = new GraphBuilder({ opset });
  const logits = network(g, g.input('image', 'f32', [1, 3, pictureSize, pictureSize]), (name) => g.constant(weights.get(name)!, name));
  const graph = g.build('demo', [logits, ...alsoGive.map((name) => g.value(name)!)]);
  return writeModel({
    irVersion: 8, producer: 'neuron-atlas', opsets: new Map([['', opset]]), functions: [], metadata: new Map(),
    graph: openBatch({ ...graph, nodes: graph.nodes.map((made) => ({ ...made, name: made.outputs[0]! })) }),
  });
}
