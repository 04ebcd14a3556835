import { foldBatchNorm, graft, i64, ints, specialize, string, type GraphBuilder, type Model, type Runtime, type StaticGraph, type Value } from '@neuron-atlas/onnx';

/** A tensor of the encoder that counts in the feature error, by its weight in the mean over all of them. */
export interface Comparator {
  readonly tensor: string;
  readonly weight: number;
}

/** The network that a generator learns to invert; its weights stay as they are. */
export interface Encoder {
  /** Read and brought to opset 18 to 22 (libs/onnx readModel, upgradeOpset). */
  readonly model: Model;
  readonly input: string;
  /** Side of its input in pixels, to which pictures are resized. */
  readonly side: number;
  readonly channels: number;
  /** The tensor whose values are the code. */
  readonly code: string;
  /** Tensors that the picture must have alike too: the comparator of Dosovitskiy and Brox (2016). */
  readonly comparators: readonly Comparator[];
  /** Its answers f32[N, K], of which the largest is the top class; undefined where it gives none. */
  readonly answers: string | undefined;
  /** A picture in 0..1 as the network takes it. */
  readonly preprocess: (g: GraphBuilder, image: Value) => Value;
}

/** The encoder cut behind all that is asked of it, for one size of the batch. */
export async function cutEncoder({ model, input, side, channels }: Encoder, outputs: readonly string[], batch: number, runtime: Runtime): Promise<StaticGraph> {
  return foldBatchNorm(await specialize(model, { input, shape: [batch, channels, side, side], outputs: [...new Set(outputs)], runtime }));
}

/** Emits the encoder on pictures f32[N, C, S, S] in 0..1; gives its values by the model's names. */
export function encode(g: GraphBuilder, cut: StaticGraph, encoder: Encoder, pictures: Value): (name: string) => Value {
  return graft(g, cut, encoder.preprocess(g, resized(g, pictures, encoder.side)));
}

function resized(g: GraphBuilder, pictures: Value, side: number): Value {
  if (pictures.shape[2] === side) return pictures;
  const sizes = g.constant(i64([2], [side, side]));
  return g.emit('Resize', [pictures, undefined, undefined, sizes], { mode: string('linear'), axes: ints([2, 3]) },
    [{ dtype: pictures.dtype, shape: [pictures.shape[0]!, pictures.shape[1]!, side, side] }])[0]!;
}
