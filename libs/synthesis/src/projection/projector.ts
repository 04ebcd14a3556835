import { i64, type Runtime, sizeOf, tensor } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';
import type { ProjectionMeta, ProjectionProgram } from './compile-projection.js';

export interface ProjectionRequest {
  /** f32[C, H, W] in 0..1, of the size that the program was made for. */
  readonly picture: Float32Array;
  readonly unit: number;
  /** Counted row-major over the layer's places: row · columns + column, or the token; 0 in a dense layer. */
  readonly place: number;
}

export interface Projection {
  /** f32[C, H, W]; 0 is no part in it. */
  readonly projection: Float32Array;
  /** Of the unit at that place, for that picture. */
  readonly activation: number;
}

/** A loaded projection program. */
export interface Projector extends AsyncDisposable {
  readonly meta: ProjectionMeta;
  /** As many as are asked for, a batch at a time, in their order. A result does not depend on the others. Errors: SYNTHESIS_BAD_PROJECTION. */
  run(requests: readonly ProjectionRequest[], signal?: AbortSignal): Promise<readonly Projection[]>;
}

export async function openProjector(runtime: Runtime, { bytes, dataFolder, meta }: ProjectionProgram, options: { readonly threads?: number } = {}): Promise<Projector> {
  const session = await runtime.load(bytes, { dataFolder, ...(options.threads === undefined ? {} : { threads: options.threads }) });
  const shape = [meta.batch, meta.channels, meta.height, meta.width];
  const per = sizeOf(shape.slice(1));
  return {
    meta,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    run: async (requests, signal) => {
      for (const { picture, unit, place } of requests) check(meta, picture.length, per, unit, place);
      const made: Projection[] = [];
      for (let start = 0; start < requests.length; start += meta.batch) {
        signal?.throwIfAborted();
        const chosen = requests.slice(start, start + meta.batch);
        // A short batch is filled up with its last request: the program's batch is part of its graph.
        const rows = Array.from({ length: meta.batch }, (_, i) => chosen[Math.min(i, chosen.length - 1)]!);
        const data = new Float32Array(per * meta.batch);
        rows.forEach(({ picture }, i) => data.set(picture, i * per));
        const out = await session.run({ picture: tensor('f32', shape, data), units: i64([meta.batch], rows.map(({ unit }) => unit)), places: i64([meta.batch], rows.map(({ place }) => place)) });
        const [found, activations] = [out['projection']!.data as Float32Array, out['activations']!.data as Float32Array];
        chosen.forEach((_, i) => made.push({ projection: found.slice(i * per, (i + 1) * per), activation: activations[i]! }));
      }
      return made;
    },
  };
}

function check(meta: ProjectionMeta, length: number, wanted: number, unit: number, place: number): void {
  const whole = (value: number, below: number): boolean => Number.isInteger(value) && value >= 0 && value < below;
  if (length !== wanted || !whole(unit, meta.units) || !whole(place, meta.places)) {
    throw errors.badProjection({ tensor: meta.tensor, unit, units: meta.units, place, places: meta.places, length, wanted });
  }
}
