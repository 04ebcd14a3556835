import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import type { Model, Runtime, Tensor } from '../src/index.js';
import { f32, sizeOf, writeModel } from '../src/index.js';

let made: Promise<Runtime> | undefined;
export const cpu = (): Promise<Runtime> => (made ??= createNodeRuntime({ provider: 'cpu', threads: 1 }));

/** All outputs of a model (or of a file's bytes) as the CPU provider computes them, unoptimised. */
export async function runModel(model: Model | Uint8Array, feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
  await using session = await (await cpu()).load(model instanceof Uint8Array ? model : writeModel(model), { optimize: 'none' });
  return await session.run(feeds);
}

/** f32 values in -1..1, the same for the same seed. */
export function noise(shape: readonly number[], seed = 1): Tensor {
  let state = seed;
  return f32(shape, Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  }));
}

/** Largest difference of two tensors, relative to the largest value of the second; Infinity where their shapes differ. */
export function difference(a: Tensor, b: Tensor): number {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return Infinity;
  const [x, y] = [a, b].map((t) => t.data as ArrayLike<number | bigint>) as [ArrayLike<number | bigint>, ArrayLike<number | bigint>];
  let [worst, scale] = [0, 1e-30];
  for (let i = 0; i < y.length; i++) {
    const [p, q] = [Number(x[i]), Number(y[i])];
    if (Number.isFinite(q)) scale = Math.max(scale, Math.abs(q));
    if (p !== q && !(Number.isNaN(p) && Number.isNaN(q))) worst = Math.max(worst, Number.isFinite(p - q) ? Math.abs(p - q) : Infinity);
  }
  return worst / scale;
}
