import { isAtlasError } from '@neuron-atlas/errors';
import type { StaticGraph } from './static-graph.js';
import { specialize, type SpecializeOptions } from './specialize.js';
import type { Model } from '../graph.js';

export interface SizeOptions extends Omit<SpecializeOptions, 'input' | 'shape'> {
  /** A picture [N, C, H, W] as the file has it. */
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly batch: number;
  /** What is wished for, in pixels. */
  readonly height: number;
  readonly width: number;
}

/**
 * The part of a model that makes `outputs`, for pictures of the size that is wished for where the part takes it, else of the
 * model's own: what has no head of fixed size takes any. Errors: those of `specialize`.
 */
export async function specializeAtSize(model: Model, { input, batch, height, width, outputs, runtime }: SizeOptions): Promise<StaticGraph> {
  const [, channels, ownHeight, ownWidth] = input.shape as [number, number, number, number];
  const at = (h: number, w: number): Promise<StaticGraph> => specialize(model, { input: input.name, shape: [batch, channels, h, w], outputs, runtime });
  const hasOwn = ownHeight > 0 && ownWidth > 0 && (ownHeight !== height || ownWidth !== width);
  try {
    return await at(height, width);
  } catch (error) {
    // Only a graph that cannot take this size goes on to its own; memory that ran out, say, must not change the picture.
    if (!hasOwn || !isAtlasError(error) || !refusesSize.has(error.code)) throw error;
    return at(ownHeight, ownWidth);
  }
}

/** What comes back of a canvas that does not fit: from a head of fixed size, at the file's batch or at ours. */
const refusesSize = new Set(['ONNX_RUNTIME_REFUSES', 'ONNX_NOT_BATCHABLE']);
