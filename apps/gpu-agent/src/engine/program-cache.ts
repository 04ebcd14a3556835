import { join } from 'node:path';
import type { Program, ProgramMeta } from '@neuron-atlas/synthesis';
import { cacheBytes, readCached, sha256, trimCache, writeCached } from './content-cache.js';

/** A compiled program and what else is known of its layer. */
export interface KnownProgram {
  readonly program: Program;
  /** Whether the model applies a ReLU to the layer's tensor. */
  readonly followedByRelu: boolean;
}

interface Sidecar {
  readonly format: 1;
  /** Of the program's bytes. */
  readonly sha256: string;
  readonly meta: ProgramMeta;
  readonly followedByRelu: boolean;
  /** Set where the program refers to the data file of its model, which lies in the cache of models. */
  readonly external?: true;
}

/** Programs by key on disk, `<key>.onnx` with `<key>.json` beside it; agents may share the folder. */
export class ProgramCache {
  readonly #folder: string;
  readonly #dataFolder: string;
  readonly #maxBytes: number;

  constructor(cacheDir: string, maxBytes = cacheBytes) {
    this.#folder = join(cacheDir, 'programs');
    this.#dataFolder = join(cacheDir, 'models');
    this.#maxBytes = maxBytes;
  }

  /** A program whose two files are there and belong together; anything else counts as absent and is made again. */
  async get(key: string): Promise<KnownProgram | undefined> {
    const json = await readCached(this.#path(key, 'json'));
    const bytes = await readCached(this.#path(key, 'onnx'));
    if (json === undefined || bytes === undefined) return undefined;
    const sidecar = parse(json);
    if (sidecar === undefined || sidecar.sha256 !== sha256(bytes)) return undefined;
    return { program: { bytes, meta: sidecar.meta, ...(sidecar.external === true ? { dataFolder: this.#dataFolder } : {}) }, followedByRelu: sidecar.followedByRelu };
  }

  async put(key: string, { program, followedByRelu }: KnownProgram): Promise<void> {
    const sidecar: Sidecar = { format: 1, sha256: sha256(program.bytes), meta: program.meta, followedByRelu, ...(program.dataFolder === undefined ? {} : { external: true }) };
    await writeCached(this.#path(key, 'onnx'), program.bytes);
    await writeCached(this.#path(key, 'json'), JSON.stringify(sidecar));
    await trimCache(this.#folder, this.#maxBytes);
  }

  #path(key: string, extension: string): string { return join(this.#folder, `${key}.${extension}`); }
}

function parse(json: Uint8Array): Sidecar | undefined {
  try {
    const sidecar = JSON.parse(new TextDecoder().decode(json)) as Partial<Sidecar> | null;
    return sidecar?.format === 1 && typeof sidecar.sha256 === 'string' && sidecar.meta?.format === 2 ? (sidecar as Sidecar) : undefined;
  } catch {
    return undefined; // cut short by a power loss: it is made again
  }
}
