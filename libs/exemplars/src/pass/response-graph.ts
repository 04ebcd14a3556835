import { answerMap, float, GraphBuilder, graft, int, type LayerKind, loadModel, type Model, readsOf, type Runtime, type Session, specialize, specializeAtSize, type StaticGraph, tensor, upgradeOpset, type Value } from '@neuron-atlas/onnx';

/** A layer whose units are followed through the data set. */
export interface TrackedLayer {
  readonly id: string;
  /** The value that carries its units. */
  readonly tensor: string;
  readonly units: number;
  /** Along which they lie; -1 is the last. @default 1 */
  readonly axis?: number | undefined;
  /** @default 'channel' */
  readonly kind?: LayerKind | undefined;
}

/**
 * The value that exemplars are ranked by: what the rectifier that follows a layer lets through, or the layer's own value
 * where none follows.
 *
 * Behind the rectifier the runtime keeps convolution and rectifier fused, which is what makes the pass cheap
 * (docs/decisions/0030-exemplars-are-ranked-behind-the-rectifier.md). Among values above zero the order is the same.
 */
export function rankedValue(model: Model, name: string): { readonly name: string; readonly rectified: boolean } {
  const readers = upgradeOpset(model).graph.nodes.filter((node) => readsOf(node).includes(name));
  const relu = readers.length > 0 && readers.every((node) => node.domain === '' && node.op === 'Relu') ? readers[0]! : undefined;
  return relu === undefined ? { name, rectified: false } : { name: relu.outputs[0]!, rectified: true };
}

/** All layers' responses to a batch of pictures, in one run. */
export interface ResponseReader extends AsyncDisposable {
  readonly batch: number;
  /** Units of all layers, in the order of the layers. */
  readonly units: number;
  /** `pictures`: f32[batch, C, H, W], rows beyond those of use hold anything. Gives f32[batch, units], each unit's largest activation. */
  read(pictures: Float32Array): Promise<Float32Array>;
}

export interface ReaderOptions {
  readonly model: Model;
  readonly runtime: Runtime;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly layers: readonly TrackedLayer[];
  readonly batch: number;
}

/**
 * A graph of the whole model with a maximum over the places of every layer's map behind it.
 *
 * Always runs whole batches: the kernels of a runtime may round differently for other batch sizes, not for other rows.
 */
export async function openResponses({ model, runtime, input, layers, batch }: ReaderOptions): Promise<ResponseReader> {
  const ranked = layers.map(({ tensor: name }) => rankedValue(model, name).name);
  const shape = [batch, ...input.shape.slice(1)];
  const graph = await specialize(model, { input: input.name, shape, outputs: [...new Set(ranked)], runtime });
  const g = new GraphBuilder({ opset: graph.opset });
  const image = g.input(input.name, 'f32', shape);
  const value = graft(g, graph, image);
  // Of the inputs of a node the runtime first works out the one that was written last: written from the last layer to the first,
  // every maximum is taken right behind its layer, while that is in the cache, and its memory is free again. The other way round
  // all of them wait for the end of the network (docs/decisions/0077-maxima-are-taken-right-behind-their-layer.md).
  const maxima = [...layers.entries()].reverse().map(([i, layer]) => maximum(g, value(ranked[i]!), layer)).reverse();
  const all = g.concat(maxima, 1);
  const session = await load(g, graph, runtime, [all]);
  return {
    batch, units: layers.reduce((sum, { units }) => sum + units, 0),
    async read(pictures) {
      const found = await session.run({ [image.name]: tensor('f32', shape, pictures) });
      return found[all.name]!.data as Float32Array;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Where in a layer's map the units reach their maximum. */
export interface PlaceReader extends AsyncDisposable {
  readonly batch: number;
  /** Of the pictures that it takes, in pixels. */
  readonly height: number;
  readonly width: number;
  /** The map's shape without batch and channels. */
  readonly map: readonly number[];
  /** Gives by row and unit the flat place of the first maximum in reading order, that maximum, and the unit's mean over the map. */
  read(pictures: Float32Array): Promise<{ readonly places: readonly number[]; readonly peaks: Float32Array; readonly means: Float32Array }>;
}

export interface PlaceOptions extends Omit<ReaderOptions, 'layers'> {
  readonly layer: TrackedLayer;
  /** Slope below zero where a rectifier follows, for the means; 1 takes them before it. */
  readonly leak: number;
  /** Of the pictures, in pixels, where the layer takes any size. @default the model's own */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
}

/** The graph of one layer alone, for the pictures that were chosen. */
export async function openPlaces({ model, runtime, input, layer, batch, leak, size }: PlaceOptions): Promise<PlaceReader> {
  const { name, rectified } = rankedValue(model, layer.tensor);
  const [height, width] = size === undefined ? input.shape.slice(2) as [number, number] : [size.height, size.width];
  const graph = await specializeAtSize(model, { input, batch, height, width, outputs: [...new Set([name, layer.tensor])], runtime });
  const { shape } = graph.input;
  const g = new GraphBuilder({ opset: graph.opset });
  const image = g.input(input.name, 'f32', shape);
  const value = graft(g, graph, image);
  const flat = flatMap(g, value(name), layer);
  const places = g.emit('ArgMax', [flat], { axis: int(2), keepdims: int(0) }, [{ dtype: 'i64', shape: [batch, layer.units] }])[0]!;
  const peaks = g.reduceMax(flat, [2]);
  const own = value(layer.tensor);
  const seen = rectified && leak < 1 ? g.unary('LeakyRelu', own, { alpha: float(leak) }) : own;
  const means = g.mean(flatMap(g, seen, layer), [2]);
  const session = await load(g, graph, runtime, [places, peaks, means]);
  const map = answerMap(g, value(name), howOf(layer)).shape.slice(2);
  return {
    batch, map, height: shape[2]!, width: shape[3]!,
    async read(pictures) {
      const found = await session.run({ [image.name]: tensor('f32', shape, pictures) });
      return { places: Array.from(found[places.name]!.data as BigInt64Array, Number), peaks: found[peaks.name]!.data as Float32Array, means: found[means.name]!.data as Float32Array };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function load(g: GraphBuilder, { opset }: StaticGraph, runtime: Runtime, outputs: readonly Value[]): Promise<Session> {
  return loadModel(runtime, { irVersion: 8, producer: 'neuron-atlas', opsets: new Map([['', opset]]), functions: [], metadata: new Map(), graph: g.build('responses', outputs) });
}

/** Each unit's largest answer, f32[N, units]. */
function maximum(g: GraphBuilder, value: Value, layer: TrackedLayer): Value {
  const { axis: written, kind } = howOf(layer);
  const axis = written < 0 ? written + value.shape.length : written;
  const [batch] = value.shape as [number];
  if (value.shape.length === 4 && axis === 1 && kind !== 'head') {
    // In the runtime's blocked layout, without a reorder.
    const pooled = g.emit('GlobalMaxPool', [value], {}, [{ dtype: 'f32', shape: [batch, layer.units, 1, 1] }])[0]!;
    return g.reshape(pooled, [batch, layer.units]);
  }
  const answers = kind === 'head' ? answerMap(g, value, { axis, kind }) : value;
  const places = answers.shape.map((_, at) => at).filter((at) => at !== 0 && at !== (kind === 'head' ? 1 : axis));
  return places.length === 0 ? answers : g.reduceMax(answers, places);
}

/** f32[N, units, places]. */
function flatMap(g: GraphBuilder, value: Value, layer: TrackedLayer): Value {
  const answers = answerMap(g, value, howOf(layer));
  const [batch, units, ...map] = answers.shape as [number, number, ...number[]];
  return g.reshape(answers, [batch, units, map.reduce((a, b) => a * b, 1)]);
}

const howOf = ({ axis = 1, kind = 'channel' }: TrackedLayer): { readonly axis: number; readonly kind: LayerKind } => ({ axis, kind });
