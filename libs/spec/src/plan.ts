import type { SweepSpec } from './spec.js';

/**
 * What the places of a layer see of the picture: a window that moves with the place ([y, x], in pixels; place 0 begins at
 * `offset`), the whole picture, or something that three numbers do not say.
 */
export type LayerField =
  | { readonly kind: 'window'; readonly size: readonly number[]; readonly stride: readonly number[]; readonly offset: readonly number[] }
  | { readonly kind: 'whole' }
  | { readonly kind: 'varies' };

/** A layer of the sweep, as the model's graph has it. */
export interface LayerPlan {
  /** Stable and safe to read; unique in the model. */
  readonly id: string;
  /** ONNX value name that carries the units. */
  readonly tensor: string;
  readonly op: string;
  readonly site: 'pre' | 'post';
  /** What the units are: channels of a convolution, features of a dense layer or of a residual stream, attention heads. @default 'channel' */
  readonly kind?: 'channel' | 'feature' | 'stream' | 'head' | undefined;
  /** The axis of `shape` along which the units lie. @default 1 */
  readonly axis?: number | undefined;
  /** Name of the node that makes the layer, as the exporter wrote it. */
  readonly node?: string | undefined;
  /** Channels of the layer. */
  readonly units: number;
  /** Ids of the layers that it reads, no layer between; absent where nobody looked. */
  readonly inputs?: readonly string[] | undefined;
  /** The layer's shape at the model's own input size, batch first; empty if it could not be computed. */
  readonly shape: readonly number[];
  /** The channels to sweep, as [start, end) ranges in order. */
  readonly selected: readonly (readonly [start: number, end: number])[];
  /** Multiply-adds of one forward pass of the cut graph at the model's own size, in millions. */
  readonly megaMacs: number;
  /** Absent if it could not be computed. */
  readonly field?: LayerField | undefined;
  /** Set when no gradient reaches the input: the layer is reported, not swept. */
  readonly blocked?: { readonly code: string; readonly message: string } | undefined;
}

/** A spec applied to a model: all that the coordinator needs to expand shards, and an agent to work on them. */
export interface SweepPlan {
  readonly version: 1;
  readonly spec: SweepSpec;
  /** sha256 of the model's content; the model lies at `<output>/model/<sha256>.onnx`. */
  readonly modelSha256: string;
  readonly modelName: string;
  readonly modelBytes: number;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly layers: readonly LayerPlan[];
  /** What an agent must have to work on it, e.g. `prior/fourier@2`, sorted; absent: nothing. */
  readonly plugins?: readonly string[] | undefined;
  /** Indices of the views whose ascents start from exemplars, rising; absent: none. */
  readonly fromExemplars?: readonly number[] | undefined;
  /** There where the spec asks for exemplars. */
  readonly dataset?: DatasetPlan | undefined;
}

/** A data set, listed: its order and size are fixed before the sweep begins. */
export interface DatasetPlan {
  /** A folder, `file:///…` or `s3://…`, absolute. */
  readonly location: string;
  /** Glob over the files in it that are meant; absent where all are. */
  readonly files?: string | undefined;
  /** sha256 of the list, which lies at `<output>/dataset/<sha256>.json`. */
  readonly index: string;
  readonly samples: number;
}

/** Every kind of stage, in the order in which they run: each waits until all shards of those before it are settled. */
export const stages = ['exemplars', 'merge', 'projections', 'synthesis', 'quality', 'publish'] as const;
export type Stage = (typeof stages)[number];

/** What one lease covers. `seq` orders shards within a sweep and never changes for the same plan. */
export interface ShardSpec {
  readonly seq: number;
  readonly stage: Stage;
  /** Layer id; empty for `exemplars` and `publish`. */
  readonly layer: string;
  /** A range of the layer's units; of `exemplars` a range of samples. */
  readonly unitStart: number;
  readonly unitEnd: number;
  /** Index into `spec.views.synthesis`; 0 for other stages. */
  readonly view: number;
  /** Estimated cost in units of 10^9 multiply-adds. */
  readonly cost: number;
}

/** What an agent gets with a lease, as JSON. */
export interface ShardTask extends ShardSpec {
  readonly sweepId: string;
  readonly plan: SweepPlan;
}

/** What an agent reports with a completed shard, as JSON. */
export interface ShardStats {
  readonly unitsDone: number;
  readonly seconds: number;
  readonly provider: string;
  /** As the agent registered it: what shards take is learnt for each. */
  readonly device?: string;
}
