import { isAtlasError } from '@neuron-atlas/errors';
import { specialize, type Model, type Runtime, type StaticGraph } from '@neuron-atlas/onnx';
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
  const [, channels, height, width] = input.shape;
  if (input.shape.length !== 4 || channels === undefined || channels < 1) throw errors.notAnImage({ name: input.name, shape: input.shape });
  const at = (h: number, w: number): Promise<StaticGraph> => specialize(model, { input: input.name, shape: [batch, channels, h, w], outputs, runtime });
  const own = height! > 0 && width! > 0 && (height !== size || width !== size);
  try {
    return await at(size, size);
  } catch (error) {
    // Only a graph that cannot take this size goes on to its own; memory that ran out, say, must not change the picture.
    if (!own || !isAtlasError(error) || !refusesSize.has(error.code)) throw error;
    return at(height!, width!);
  }
}

/** What comes back of a canvas that does not fit: from a head of fixed size, at the file's batch or at ours. */
const refusesSize = new Set(['ONNX_RUNTIME_REFUSES', 'ONNX_NOT_BATCHABLE']);
