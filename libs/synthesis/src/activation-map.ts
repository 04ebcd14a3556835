import { f32, foldBatchNorm, graft, GraphBuilder, loadModel, type Model, type Runtime, sizeOf, specialize } from '@neuron-atlas/onnx';
import type { Preprocess } from '@neuron-atlas/spec';
import { type Borders, withBorders } from './borders.js';
import { preprocess } from './preprocess.js';

export interface ActivationMapOptions {
  readonly model: Model;
  readonly runtime: Runtime;
  /** ONNX value name of the layer. */
  readonly tensor: string;
  readonly input: string;
  /** Of the picture: [C, H, W]. */
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly preprocess: Preprocess;
  /** @default 'model' */
  readonly borders?: Borders;
}

/** What a layer answers to a picture f32[C, H, W] in 0..1, all of its units at all places. */
export interface ActivationMap extends AsyncDisposable {
  /** Of the layer, batch first. */
  readonly shape: readonly number[];
  run(picture: Float32Array): Promise<Float32Array>;
}

/** The forward pass up to a layer, from a picture as ascents make it. Errors: those of `specialize`, SYNTHESIS_NO_TORUS. */
export async function compileActivationMap(options: ActivationMapOptions): Promise<ActivationMap> {
  const { model, runtime, tensor, input, borders = 'model' } = options;
  const shape = [1, ...options.shape];
  const cut = withBorders(foldBatchNorm(await specialize(model, { input, shape, outputs: [tensor], runtime })), borders);
  const g = new GraphBuilder({ opset: cut.opset });
  const picture = g.input('picture', 'f32', shape);
  const value = g.identity(graft(g, cut, g.within('preprocess', () => preprocess(g, picture, options.preprocess)))(tensor));
  const session = await loadModel(runtime, { irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', cut.opset]]), functions: [], metadata: new Map(), graph: g.build('map', [value]) });
  return {
    shape: value.shape,
    run: async (data) => {
      if (data.length !== sizeOf(shape)) throw new Error(`unreachable: a picture of ${data.length} values for [${shape.join(', ')}]`);
      return (await session.run({ picture: f32(shape, data) }))[value.name]!.data as Float32Array;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
