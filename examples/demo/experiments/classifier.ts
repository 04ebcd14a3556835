import { float, GraphBuilder, int, ints, openBatch, tensor, writeModel, type Runtime, type Tensor, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { compileTraining, cosineSchedule, createTrainer, crossEntropy, heNormal, zeros, type Parameter } from '@neuron-atlas/training';
import { pictureSize } from '../model.js';
import { imagesOf } from '../training/batch.js';

/** Convolutions with what follows each: what two architectures differ in. */
export interface Architecture {
  readonly activation: 'Relu' | 'LeakyRelu';
  readonly layers: readonly { readonly units: number; readonly kernel: number; readonly stride: number; readonly pool: 'max' | 'mean' | 'none' }[];
}

/** Of the demo network's kind, and smaller. */
export const alike: Architecture = {
  activation: 'Relu',
  layers: [{ units: 16, kernel: 7, stride: 2, pool: 'max' }, { units: 32, kernel: 3, stride: 1, pool: 'none' }, { units: 48, kernel: 3, stride: 1, pool: 'max' }, { units: 64, kernel: 3, stride: 1, pool: 'none' }],
};

/** Other kernels, other pools, another activation, no map smaller than the demo network's largest but one. */
export const unlike: Architecture = {
  activation: 'LeakyRelu',
  layers: [{ units: 24, kernel: 4, stride: 4, pool: 'none' }, { units: 48, kernel: 5, stride: 1, pool: 'none' }, { units: 48, kernel: 5, stride: 2, pool: 'none' }, { units: 96, kernel: 1, stride: 1, pool: 'none' }],
};

/** Pictures u8[64, 64, 3] with the right answer to each question, drawn by number. */
export type Labelled = (index: number) => { readonly pixels: Uint8Array; readonly labels: readonly number[] };

export interface Classifier {
  /** `image` f32[N, 3, 64, 64] to `logits` f32[N, K]. */
  readonly file: Uint8Array;
  /** To each question the share of right answers on new pictures. */
  readonly accuracy: readonly number[];
}

export interface ClassifierTraining {
  readonly architecture: Architecture;
  /** Answers of each question: their logits follow each other. */
  readonly groups: readonly number[];
  readonly pictures: Labelled;
  readonly steps: number;
  readonly seed: number;
  readonly threads: number;
}

const batch = 32;
/** Pictures that are drawn for a training, at most: drawing one takes as long as learning from it. */
const most = 6000;
const asked = 512;

/** Trains a classifier on the first pictures of a sequence, and asks it about later ones. */
export async function trainClassifier(runtime: Runtime, { architecture, groups, pictures, steps, seed, threads }: ClassifierTraining): Promise<Classifier> {
  const classes = groups.reduce((sum, size) => sum + size, 0), starts = groups.map((_, i) => groups.slice(0, i).reduce((sum, size) => sum + size, 0));
  const parameters = parametersOf(architecture, classes);
  const program = compileTraining({
    parameters, weightDecay: 0.1,
    build: ({ g, parameter }) => {
      const logits = network(g, architecture, g.input('image', 'f32', [batch, 3, pictureSize, pictureSize]), parameter);
      const targets = g.input('targets', 'f32', [batch, classes]);
      const parts = groups.map((size, i) => [logits, targets].map((rows) => g.slice(rows, [starts[i]!], [starts[i]! + size], [1])) as [Value, Value]);
      return { loss: parts.map(([given, wanted]) => crossEntropy(g, given, wanted)).reduce((sum, loss) => g.add(sum, loss)) };
    },
  });
  await using trainer = await createTrainer(runtime, program, { normal: randomStream(seed, 'weights').normal, threads });
  const drawn = Array.from({ length: Math.min(most, steps * batch) }, (_, index) => pictures(index));
  for (let step = 1; step <= steps; step++) {
    const shown = Array.from({ length: batch }, (_, row) => drawn[((step - 1) * batch + row) % drawn.length]!);
    const targets = new Float32Array(batch * classes);
    shown.forEach(({ labels }, row) => { labels.forEach((label, i) => { targets[row * classes + starts[i]! + label] = 1; }); });
    await trainer.step({ image: imagesOf(shown.map(({ pixels }) => pixels)), targets: tensor('f32', [batch, classes], targets) },
      cosineSchedule({ highest: 0.004, steps, warmUpSteps: Math.floor(steps / 20) }, step));
  }
  const file = fileOf(architecture, trainer.parameters());
  const fresh = Array.from({ length: asked }, (_, i) => pictures(1_000_000 + i));
  const rows = await logitsFor(runtime, file, fresh.map(({ pixels }) => pixels), threads);
  return { file, accuracy: groups.map((size, i) => fresh.filter(({ labels }, at) => verdict(rows[at]!, { start: starts[i]!, size }) === labels[i]).length / asked) };
}

/** A network's logits for pictures of 8 bits: a row each. */
export async function logitsFor(runtime: Runtime, file: Uint8Array, pictures: readonly Uint8Array[], threads: number): Promise<readonly Float32Array[]> {
  await using session = await runtime.load(file, { threads });
  const rows: Float32Array[] = [];
  for (let start = 0; start < pictures.length; start += batch) {
    const some = pictures.slice(start, start + batch);
    const { logits } = await session.run({ image: imagesOf(some) });
    const width = logits!.data.length / some.length;
    some.forEach((_, row) => rows.push((logits!.data as Float32Array).slice(row * width, (row + 1) * width)));
  }
  return rows;
}

/** The place of the largest logit of a group. */
export const verdict = (row: Float32Array, { start, size }: { readonly start: number; readonly size: number }): number =>
  row.subarray(start, start + size).reduce((best, value, i, all) => (value > all[best]! ? i : best), 0);

function parametersOf({ layers }: Architecture, classes: number): readonly Parameter[] {
  const own = (name: string, shape: readonly number[]): Parameter[] => [{ name: `${name}.weight`, shape, init: heNormal }, { name: `${name}.bias`, shape: [shape[0]!], init: zeros }];
  return [
    ...layers.flatMap(({ units, kernel }, i) => own(`conv${i + 1}`, [units, layers[i - 1]?.units ?? 3, kernel, kernel])),
    ...own('dense', [classes, layers.at(-1)!.units]),
  ];
}

function network(g: GraphBuilder, { activation, layers }: Architecture, image: Value, parameter: (name: string) => Value): Value {
  let x = image;
  for (const [i, { kernel, stride, pool }] of layers.entries()) {
    const pad = Math.floor((kernel - stride + 1) / 2);
    x = g.conv(x, parameter(`conv${i + 1}.weight`), parameter(`conv${i + 1}.bias`), { strides: [stride, stride], pads: [pad, pad, pad, pad] });
    x = activation === 'Relu' ? g.relu(x) : g.unary('LeakyRelu', x, { alpha: float(0.1) });
    const [n, c, height, width] = x.shape as [number, number, number, number];
    if (pool !== 'none') x = g.emit(pool === 'max' ? 'MaxPool' : 'AveragePool', [x], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }, [{ dtype: 'f32', shape: [n, c, height / 2, width / 2] }])[0]!;
  }
  const features = g.mean(x, [2, 3]);
  const weight = parameter('dense.weight');
  return g.emit('Gemm', [features, weight, parameter('dense.bias')], { transB: int(1) }, [{ dtype: 'f32', shape: [x.shape[0]!, weight.shape[0]!], name: 'logits' }])[0]!;
}

function fileOf(architecture: Architecture, weights: ReadonlyMap<string, Tensor>): Uint8Array {
  const g = new GraphBuilder({ opset: 18 });
  const image = g.input('image', 'f32', [1, 3, pictureSize, pictureSize]);
  const graph = g.build('classifier', [network(g, architecture, image, (name) => g.constant(weights.get(name)!, name))]);
  return writeModel({ irVersion: 8, producer: 'neuron-atlas', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: openBatch(graph) });
}
