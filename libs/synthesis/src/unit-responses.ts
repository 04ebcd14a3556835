import { float, followedByRelu, graft, GraphBuilder, loadModel, specialize, tensor, type Model, type Runtime } from '@neuron-atlas/onnx';
import type { Preprocess } from '@neuron-atlas/spec';
import { errors } from './errors.js';
import { preprocess } from './preprocess.js';

export interface ResponsesOptions {
  /** Read and brought to opset 18 to 22. */
  readonly model: Model;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly preprocess: Preprocess;
  /** ONNX value names of layers. */
  readonly tensors: readonly string[];
  readonly runtime: Runtime;
}

/** How the units of a layer respond to one picture: f32[C] each. */
export interface Responses {
  /** The mean over all positions, as the objective `channel` takes it: of what a rectifier that follows lets through. */
  readonly mean: Float32Array;
  /** The strongest position, before any rectifier. */
  readonly max: Float32Array;
}

/** Asks a model, compiled once for all its layers, how their units respond to a picture f32[C, H, W] in 0..1 of the model's own size. */
export interface ResponseReader extends AsyncDisposable {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  read(picture: Float32Array): Promise<ReadonlyMap<string, Responses>>;
}

/** Channels are on the second axis, as of convolutions and dense layers; a layer of tokens is left out. */
export async function openResponses({ model, input, preprocess: how, tensors, runtime }: ResponsesOptions): Promise<ResponseReader> {
  const [, channels = 0, height = 0, width = 0] = input.shape;
  if (input.shape.length !== 4 || channels < 1) throw errors.notAnImage({ name: input.name, shape: input.shape });
  const shape = [1, channels, height, width];
  const cut = await specialize(model, { input: input.name, shape, outputs: tensors, runtime });
  const g = new GraphBuilder({ opset: cut.opset });
  const picture = g.input('picture', 'f32', shape);
  const tap = graft(g, cut, preprocess(g, picture, how));
  const read = tensors.filter((name) => { const rank = cut.types.get(name)?.shape.length; return rank === 2 || rank === 4; });
  const outputs = read.flatMap((name, i) => {
    const act = tap(name);                                              // f32[1, C, …]
    const spatial = act.shape.slice(2).map((_, axis) => axis + 2);
    // The leak of the objective `channel`: what is compared with a score is taken as the score is.
    const seen = followedByRelu(model, name) ? g.unary('LeakyRelu', act, { alpha: float(leak) }) : act;
    const over = (value: typeof act, reduce: 'mean' | 'reduceMax'): typeof act => (spatial.length === 0 ? value : g[reduce](value, spatial));
    return [['mean', over(seen, 'mean')], ['max', over(act, 'reduceMax')]].map(([what, value]) =>
      g.emit('Identity', [value as typeof act], {}, [{ dtype: 'f32', shape: (value as typeof act).shape, name: `${what as string}${i}` }])[0]!);
  });
  const session = await loadModel(runtime, { irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', cut.opset]]), functions: [], metadata: new Map(), graph: g.build('responses', outputs) });
  return {
    channels, height, width,
    async read(pixels) {
      const out = await session.run({ picture: tensor('f32', shape, pixels) });
      return new Map(read.map((name, i) => [name, { mean: out[`mean${i}`]!.data as Float32Array, max: out[`max${i}`]!.data as Float32Array }]));
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

const leak = 0.01;
