import type { ReceptiveField } from './layers.js';
import type { AtlasDataset } from './manifest.js';

/** What publishing needs to know of a sweep: libs/spec's SweepPlan is one. */
export interface PublishPlan {
  readonly spec: {
    readonly model: { readonly path: string; readonly preprocess: unknown };
    readonly views: {
      readonly synthesis: readonly PublishView[];
      readonly exemplars?: AtlasDataset['exemplars'] | undefined;
      readonly projections?: AtlasDataset['projections'] | undefined;
    };
    readonly dataset?: unknown;
    readonly publish?: AtlasDataset['publish'] | undefined;
    readonly output: string;
  };
  readonly modelSha256: string;
  readonly modelName: string;
  readonly modelBytes: number;
  readonly layers: readonly PublishLayer[];
  readonly dataset?: { readonly index: string } | undefined;
}

export interface PublishView {
  readonly prior: string;
  readonly objective: string;
  readonly seeds: readonly number[];
}

export interface PublishLayer {
  readonly id: string;
  readonly tensor: string;
  readonly op: string;
  readonly site: 'pre' | 'post';
  readonly units: number;
  /** Ids of the layers that it reads, no layer between. */
  readonly inputs?: readonly string[] | undefined;
  readonly shape: readonly number[];
  /** The channels swept, as [start, end) ranges in order. */
  readonly selected: readonly (readonly [start: number, end: number])[];
  readonly megaMacs: number;
  /** What its places see of the picture. */
  readonly field?: ({ readonly kind: 'window' } & ReceptiveField) | { readonly kind: 'whole' | 'varies' } | undefined;
  readonly blocked?: { readonly code: string; readonly message: string } | undefined;
}

/** A committed object of the sweep. */
export interface PublishObject {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
  readonly kind: string;
  readonly layer: string;
}

/** A shard that was given up, and why. */
export interface PublishFailure {
  readonly stage: 'merge' | 'projections' | 'synthesis' | 'quality';
  readonly layer: string;
  readonly unitStart: number;
  readonly unitEnd: number;
  /** @default every view */
  readonly view?: number | undefined;
  readonly code: string;
  readonly message: string;
}
