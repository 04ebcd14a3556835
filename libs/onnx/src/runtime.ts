import type { Tensor } from './tensor.js';

/** A loaded graph. One run at a time. */
export interface Session extends AsyncDisposable {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Feeds by input name; gives all outputs, or those named. */
  run(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Readonly<Record<string, Tensor>>>;
}

export interface SessionOptions {
  /** `none` keeps the graph as written; `all` is for speed. @default 'all' */
  readonly optimize?: 'none' | 'basic' | 'extended' | 'all';
  readonly threads?: number;
  /** The folder of the files in which the model's external data lies. */
  readonly dataFolder?: string | undefined;
}

/** Something that runs ONNX graphs: onnxruntime-node on a provider, or onnxruntime-web in a page. */
export interface Runtime {
  /** Its kind of device: cpu, webgpu, cuda. */
  readonly provider: string;
  /** Library and version, e.g. `onnxruntime-node 1.30.0`. */
  readonly version: string;
  load(model: Uint8Array, options?: SessionOptions): Promise<Session>;
}
