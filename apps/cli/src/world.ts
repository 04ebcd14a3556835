import type { BlobStore } from '@neuron-atlas/blobs';
import type { GivenInputs, Runtime } from '@neuron-atlas/onnx';
import type { Plugins } from '@neuron-atlas/synthesis';
import type { AtlasReader } from './atlas-reader.js';
import type { CoordinatorClient } from './coordinator-client.js';
import type { Machine } from './doctor/read-machine.js';
import type { LocalCluster, LocalClusterOptions } from './local/start-local-cluster.js';
import type { ModelReport } from './model-report.js';
import type { ServedAtlas } from './view/serve-atlas.js';

/** All that commands reach beyond their options: files, stores, processes, time. Tests have worlds of their own. */
export interface World {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cores: number;
  /** Milliseconds, from any origin. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Errors: CLI_FILE_NOT_FOUND, CLI_FILE_UNREADABLE, with `what` in words. */
  readonly readText: (path: string, what: string) => Promise<string>;
  /** The same for bytes. */
  readonly readBytes: (path: string, what: string) => Promise<Uint8Array>;
  /** Writes all or nothing, folders included. */
  readonly writeFile: (path: string, content: Uint8Array) => Promise<void>;
  readonly exists: (path: string) => Promise<boolean>;
  /** A file of the project by its path from the root, such as `examples/demo/sweep.yaml`; CLI_DEMO_MISSING where it is not. */
  readonly projectFile: (path: string) => Promise<string>;
  /** `location` is an absolute path or an s3:// URL; `inputs` are constants for inputs that are not the picture. */
  readonly readModel: (location: string, inputs: GivenInputs, signal: AbortSignal) => Promise<ModelReport>;
  /** The runtime of this machine's best provider. */
  readonly openRuntime: () => Promise<Runtime>;
  /** A program of the project that draws pictures: u8[H, W, 3] by seed, index and side in pixels. CLI_DEMO_MISSING. */
  readonly drawPictures: (name: 'demo') => Promise<(seed: number, index: number, size: number) => Uint8Array>;
  /** Multiply-adds a second that this machine does, in 10^9, measured in about a second. */
  readonly measureSpeed: (signal: AbortSignal) => Promise<number>;
  /** What comes with the project and what packages bring: those named here, else those of `NEURON_ATLAS_PLUGINS`. Errors: SYNTHESIS_PACKAGE_*. */
  readonly loadPlugins: (packages: readonly string[] | undefined) => Promise<Plugins>;
  readonly openStore: (url: string) => Promise<BlobStore>;
  /** Raises the store's own error where nothing can be written. */
  readonly checkWritable: (store: BlobStore, signal: AbortSignal) => Promise<void>;
  readonly openAtlas: (url: string, signal: AbortSignal) => Promise<AtlasReader>;
  /** Serves the viewer's page with one or two atlases. Errors: CLI_FILE_NOT_FOUND, CLI_PAGE_NOT_BUILT, CLI_PORT_TAKEN. */
  readonly serveAtlas: (options: { readonly atlas: string; readonly other?: string | undefined; readonly port: number }) => Promise<ServedAtlas>;
  readonly machine: () => Promise<Machine>;
  /** The addresses of a host name. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  /** A small page over HTTP, within ten seconds; `date` is the server's clock. */
  readonly fetch: (url: string, signal: AbortSignal) => Promise<{ readonly status: number; readonly text: string; readonly date: Date | undefined }>;
  readonly connect: (address: string) => Promise<CoordinatorClient>;
  readonly startLocalCluster: (options: LocalClusterOptions, signal: AbortSignal) => Promise<LocalCluster>;
}
