import { specializeAtSize, type Model, type Runtime, type StaticGraph } from '@neuron-atlas/onnx';
import { errors } from './errors.js';

export interface Cut {
  readonly model: Model;
  readonly runtime: Runtime;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly size: number;
  readonly batch: number;
}

/** The model cut at the layer, on the spec's canvas if it can, else on the model's own. */
export async function cutAtLayer({ model, input, size, batch, runtime }: Cut, outputs: readonly string[]): Promise<StaticGraph> {
  const [, channels] = input.shape;
  if (input.shape.length !== 4 || channels === undefined || channels < 1) throw errors.notAnImage({ name: input.name, shape: input.shape });
  return specializeAtSize(model, { input, batch, height: size, width: size, outputs, runtime });
}
