import type { PublishFailure, PublishObject } from '@neuron-atlas/atlas';
import type { AtlasErrorJson } from '@neuron-atlas/errors';
import type { ShardTask } from '@neuron-atlas/spec';

// The messages between a supervisor and its engine child. Everything is plain data; the pipe's serialization is
// 'advanced', so bigint survives. One job at a time.

/** First message to a fresh engine. */
export interface EngineSetup {
  readonly provider: 'auto' | 'cuda' | 'webgpu' | 'cpu';
  readonly threads: number | undefined;
  /** Packages to load, and the folder from which they are looked up. */
  readonly plugins: { readonly packages: readonly string[]; readonly from: string };
  readonly cacheDir: string;
  /** Exists, and belongs to this engine alone. */
  readonly scratchDir: string;
}

export interface EngineJob {
  readonly task: ShardTask;
  /** The sweep's committed objects: for `merge`, `projections`, `quality` and `publish`, and for views of `synthesis` that start from exemplars. */
  readonly manifest: readonly PublishObject[];
  /** The sweep's shards that were given up: for `publish` only. */
  readonly failures: readonly PublishFailure[];
  /** Checkpoints of earlier holders of the shard: for `synthesis` only. @default none */
  readonly finished?: readonly PublishObject[];
}

export type ToEngine =
  | { readonly type: 'setup'; readonly setup: EngineSetup }
  | { readonly type: 'run'; readonly id: number; readonly job: EngineJob }
  | { readonly type: 'cancel'; readonly id: number };

export type Phase = 'fetch' | 'compile' | 'look' | 'ascend' | 'encode' | 'upload';

export interface EngineProgress {
  readonly phase: Phase;
  readonly unitsDone: number;
  readonly unitsTotal: number;
  /** Of the shard's work, 0..1. */
  readonly fraction: number;
  /** A file of units that are finished, of this message only: a checkpoint, should the work end here. */
  readonly finished?: EnginePart;
}

/** What the engine says of itself once it can work. */
export interface EngineReady {
  readonly provider: string;
  readonly device: string;
  readonly version: string;
  readonly plugins: readonly string[];
}

/** A result file in the scratch folder, complete and closed; the supervisor uploads and removes it. */
export interface EnginePart extends PublishObject {
  readonly path: string;
}

export interface EngineResult {
  readonly parts: readonly EnginePart[];
  /** Objects that the engine itself put into the store: `publish`. */
  readonly objects: readonly PublishObject[];
  readonly unitsDone: number;
  readonly seconds: number;
}

export type FromEngine =
  | { readonly type: 'ready'; readonly ready: EngineReady }
  | { readonly type: 'unable'; readonly error: AtlasErrorJson }
  | { readonly type: 'progress'; readonly id: number; readonly progress: EngineProgress }
  | { readonly type: 'done'; readonly id: number; readonly result: EngineResult }
  | { readonly type: 'failed'; readonly id: number; readonly error: AtlasErrorJson }
  | { readonly type: 'cancelled'; readonly id: number };
