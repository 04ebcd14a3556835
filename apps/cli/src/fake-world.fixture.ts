import type { BlobStore } from '@neuron-atlas/blobs';
import type { AccessServiceClient, SweepServiceClient, SweepStatus } from '@neuron-atlas/proto';
import { SweepStatus as SweepStatusMessage } from '@neuron-atlas/proto';
import { noMeasures, type LayerRow, type SynthesisRow, type UnitRow } from '@neuron-atlas/atlas';
import { builtinPlugins } from '@neuron-atlas/synthesis';
import type { AtlasReader } from './atlas-reader.js';
import type { AnyCommand } from './command.js';
import { errors } from './errors.js';
import type { Machine } from './doctor/read-machine.js';
import type { LocalCluster, LocalClusterOptions } from './local/start-local-cluster.js';
import type { ModelReport } from './model-report.js';
import type { Output } from './output.js';
import type { World } from './world.js';

/** What a command printed, by kind. */
export interface Printed extends Output {
  readonly documents: unknown[];
  readonly lines: string[];
  readonly records: unknown[];
  readonly notes: string[];
}

export function fakeOutput(json = false): Printed {
  const [documents, lines, records, notes]: [unknown[], string[], unknown[], string[]] = [[], [], [], []];
  return {
    json, bars: false, columns: 80, colours: false, documents, lines, records, notes,
    document: (value, text) => { documents.push(value); lines.push(...text()); },
    record: (value, line) => { records.push(value); lines.push(line()); },
    note: (line) => { notes.push(line); },
  };
}

export const fakeReport = (changes: Partial<ModelReport['facts']> = {}, blocks: ModelReport['blocks'] = []): ModelReport => ({
  facts: {
    sha256: 'ab'.repeat(32), name: 'net', bytes: 4, input: { name: 'data', shape: [1, 3, 64, 64] },
    layers: [
      { id: 'conv1', tensor: 't1', op: 'Conv', site: 'pre', units: 16, shape: [1, 16, 64, 64], megaMacs: 10 },
      { id: 'conv2', tensor: 't2', op: 'Conv', site: 'pre', units: 32, shape: [1, 32, 32, 32], megaMacs: 20 },
    ],
    ...changes,
  },
  model: { irVersion: 8, producer: 'test', opsets: new Map([['', 13]]), graph: { name: 'net', nodes: [], inputs: [], outputs: [], initializers: new Map() }, functions: [], metadata: new Map() },
  content: new Uint8Array([1, 2, 3, 4]), opset: 13, producer: 'test', parameters: 1234, operators: [{ op: 'Conv', count: 2 }, { op: 'Relu', count: 1 }], blocks,
});

/** A model whose second layer is behind an operator that has no rule. */
export const blockedReport = (): ModelReport => {
  const whole = fakeReport();
  const blocked = { code: 'AUTODIFF_NO_RULE', message: 'no rule for Foo at node foo' };
  return { ...fakeReport({ layers: whole.facts.layers.map((layer) => (layer.id === 'conv2' ? { ...layer, blocked } : layer)) }), blocks: [{ ...blocked, help: 'mend it', layers: ['conv2'] }] };
};

export const sweepStatus = (changes: Partial<SweepStatus> = {}): SweepStatus => SweepStatusMessage.fromPartial({
  sweepId: 's1', name: 'net', state: 'running', output: '/out', unitsTotal: 48n, unitsDone: 12, unitsPerSecond: 2, etaSeconds: 18, agents: 1, createdAt: '2026-01-01T00:00:00.000Z',
  stages: [{ stage: 'synthesis', shardsTotal: 4, shardsDone: 1, shardsLeased: 1, shardsReady: 2, unitsTotal: 48n, unitsDone: 12 }, { stage: 'publish', shardsTotal: 1, shardsReady: 1 }],
  ...changes,
});

export interface FakeStore extends BlobStore {
  readonly objects: Map<string, Uint8Array>;
}

export function fakeStore(url: string): FakeStore {
  const objects = new Map<string, Uint8Array>();
  const store: FakeStore = {
    url, objects,
    get: async (key, range) => objects.get(key)?.subarray(range?.start, range?.end) ?? Promise.reject(new Error(`no ${key}`)),
    stat: async (key) => { const found = objects.get(key); return found === undefined ? undefined : { bytes: found.length, etag: '' }; },
    put: async (key, data, options) => {
      if (options?.ifAbsent === true && objects.has(key)) return 'existed';
      objects.set(key, data);
      return 'written';
    },
    putLarge: async (key, { chunks }, options) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of chunks()) pieces.push(piece);
      return store.put(key, Buffer.concat(pieces), options);
    },
    delete: async (key) => { objects.delete(key); },
    list: async function* (prefix) { yield* [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(); },
  };
  return store;
}

export const layerRow = (layer: string, changes: Partial<LayerRow> = {}): LayerRow => ({
  layer, path: layer, tensor: layer, site: 'pre', op: 'Conv', shape: [1, 2, 8, 8], units: 2, swept: 2, healthy: 1, flagged: 1, dead: 1, megaMacs: 1,
  fieldKind: null, receptiveField: null, blockedCode: null, blockedReason: null, ...changes,
});

export const unitRow = (layer: string, unit: number, changes: Partial<UnitRow> = {}): UnitRow => ({
  layer, unit, health: [], reason: '', scoreStart: 0.5, score: 2, bestScores: [{ view: 0, prior: 'fourier', objective: 'channel', seed: 0, scoreStart: 0.5, score: 2 }],
  ...noMeasures, ...changes,
});

export const synthesisRow = (layer: string, unit: number, image: Uint8Array | null): SynthesisRow => ({
  layer, unit, view: 0, prior: 'fourier', priorVersion: 1, objective: 'channel', objectiveVersion: 2, seed: 0, steps: 64, scoreStart: 0.5, score: 2,
  scoreTrace: [0.5, 2], imageFormat: 'png', width: 8, height: 8, health: [], reason: '', provenance: '{"program":"cd"}', image,
});

export interface FakeWorld extends World {
  readonly stores: Map<string, FakeStore>;
  readonly files: Map<string, Uint8Array>;
  readonly started: LocalClusterOptions[];
  readonly stopped: string[];
  readonly calls: { readonly method: string; readonly request: unknown }[];
  readonly connected: string[];
  /** Atlases that a viewer was opened on. */
  readonly served: string[];
}

export interface FakeSetting {
  readonly texts?: Readonly<Record<string, string>>;
  readonly model?: ModelReport;
  /** Answers of the coordinator by method; called with the request. */
  readonly sweeps?: Partial<Record<keyof SweepServiceClient, (request: never) => unknown>>;
  readonly access?: Partial<Record<keyof AccessServiceClient, (request: never) => unknown>>;
  readonly atlas?: AtlasReader;
  readonly died?: Promise<never>;
  readonly env?: Readonly<Record<string, string>>;
  readonly machine?: Partial<Machine>;
  /** Answers to HTTP by URL; what is not here is not reached. */
  readonly pages?: Readonly<Record<string, { readonly status: number; readonly text: string; readonly date?: Date }>>;
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
}

export const fakeMachine: Machine = {
  version: '0.1.0', nodeVersion: '20.19.0', runtimeVersion: 'onnxruntime-node 1.30.0', cores: 4, memoryBytes: 16 * 2 ** 30, memoryLimitBytes: undefined,
  folders: [{ what: 'cache', path: '/cache', freeBytes: 50 * 2 ** 30 }], providers: [{ name: 'cuda', problem: 'no libcudart' }, { name: 'cpu', problem: undefined }],
  cudaFiles: false, gpus: [],
};

/** A world of maps: files under /work, one coordinator, one atlas. */
export function fakeWorld(setting: FakeSetting = {}): FakeWorld {
  const stores = new Map<string, FakeStore>();
  const files = new Map<string, Uint8Array>();
  const [started, stopped, calls, connected]: [LocalClusterOptions[], string[], { method: string; request: unknown }[], string[]] = [[], [], [], []];
  const sweeps = new Proxy({}, {
    get: (_, method: string) => (request: never) => {
      calls.push({ method, request });
      const answer = setting.sweeps?.[method as keyof SweepServiceClient];
      if (method === 'watchSweep') return (answer?.(request) ?? (async function* () { /* says nothing */ })()) as unknown;
      if (method === 'listSweeps' && answer === undefined) return Promise.resolve({ sweeps: [] });
      if (method === 'getManifest' && answer === undefined) return Promise.resolve({ objects: [] });
      if (answer === undefined) return Promise.reject(new Error(`the test has no answer to ${method}`));
      return Promise.resolve().then(() => answer(request));
    },
  }) as SweepServiceClient;
  const access = new Proxy({}, {
    get: (_, method: string) => (request: never) => {
      calls.push({ method, request });
      const answer = setting.access?.[method as keyof AccessServiceClient];
      return answer === undefined ? Promise.reject(new Error(`the test has no answer to ${method}`)) : Promise.resolve().then(() => answer(request));
    },
  }) as AccessServiceClient;
  const served: string[] = [];
  let time = 0;
  return {
    cwd: '/work', env: setting.env ?? {}, cores: 4, stores, files, started, stopped, calls, connected, served,
    now: () => time++,
    sleep: async () => undefined,
    readText: async (path, what) => {
      const found = setting.texts?.[path];
      if (found === undefined) throw errors.fileNotFound({ what, path });
      return found;
    },
    readBytes: async (path, what) => files.get(path) ?? Promise.reject(errors.fileNotFound({ what, path })),
    writeFile: async (path, content) => { files.set(path, content); },
    exists: async (path) => files.has(path),
    projectFile: async (path) => `/project/${path}`,
    readModel: async () => setting.model ?? fakeReport(),
    openRuntime: async () => (await import('@neuron-atlas/synthesis/node')).createNodeRuntime({ provider: 'cpu', threads: 1 }),
    drawPictures: async () => (seed, index, size) => Uint8Array.from({ length: size * size * 3 }, (_, at) => {
      // Stripes of a width and a colour that seed and index decide.
      const x = Math.floor(at / 3) % size, wide = 2 + ((seed + index) % 5);
      return Math.floor(x / wide) % 2 === 0 ? (37 * index + 91 * (at % 3)) % 256 : 128;
    }),
    measureSpeed: async () => 50,
    openStore: async (url) => {
      const store = stores.get(url) ?? fakeStore(url);
      stores.set(url, store);
      return store;
    },
    checkWritable: async () => undefined,
    openAtlas: async (url) => {
      if (setting.atlas === undefined || (stores.get(url)?.objects.has('atlas.json') ?? true) === false) throw errors.fileNotFound({ what: 'atlas', path: url });
      return setting.atlas;
    },
    serveAtlas: async ({ atlas }) => {
      served.push(atlas);
      return { url: 'http://127.0.0.1:1/', close: async () => { stopped.push('view'); } };
    },
    machine: async () => ({ ...fakeMachine, ...setting.machine }),
    lookup: async (host) => setting.hosts?.[host] ?? Promise.reject(new Error('ENOTFOUND')),
    fetch: async (url) => {
      const page = setting.pages?.[url];
      if (page === undefined) throw new Error('ECONNREFUSED');
      return { date: undefined, ...page };
    },
    connect: async (address) => {
      connected.push(address);
      return { address, sweeps, access, close: () => undefined };
    },
    loadPlugins: async () => builtinPlugins,
    startLocalCluster: async (options): Promise<LocalCluster> => {
      started.push(options);
      return {
        address: '127.0.0.1:5000', agentIds: Array.from({ length: options.agents }, (_, i) => `local-${i}`), logs: `${options.state}/logs`,
        died: setting.died ?? new Promise(() => undefined),
        stop: async () => { stopped.push('stop'); },
        kill: () => { stopped.push('kill'); },
      };
    },
  };
}

/** Runs a command in a world, as main would. */
export async function runCommand<O>(command: { readonly run: (context: never) => Promise<void> }, options: O, world: World, out: Output = fakeOutput(), signal = new AbortController().signal): Promise<void> {
  await (command as unknown as AnyCommand).run({ options: options as Readonly<Record<string, unknown>>, out, world, signal });
}
