import { dtypeCode, type DType, type Runtime, type Session, type SessionOptions, type Tensor } from '@neuron-atlas/onnx';
import { ModelProto, type ValueInfoProto } from '@neuron-atlas/proto/onnx';
import { env, InferenceSession, listSupportedBackends, Tensor as OrtTensor } from 'onnxruntime-node';
import { errors } from './errors.js';

// TensorFloat-32 keeps 10 bits of a float32: the one-tap convolutions of a pool's gradient would no longer give back the
// very numbers that their masks compare, and no gradient would pass. The binding has no option for it, NVIDIA's libraries
// read this one when they start.
process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';

// What goes wrong comes back as an exception with the same words; without this, looking for CUDA prints a page of red.
env.logLevel = 'fatal';

export type NodeProvider = 'cpu' | 'webgpu' | 'cuda';

export interface NodeRuntimeOptions {
  /** `auto` takes cuda where it starts, else cpu; webgpu only when asked for. @default 'auto' */
  readonly provider?: NodeProvider | 'auto';
  /** Threads inside one operator on the CPU; absent: as many as there are cores. */
  readonly threads?: number;
  /** Refuses graphs with operators that the provider would leave to the CPU. @default false */
  readonly alone?: boolean;
}

/**
 * onnxruntime-node on one execution provider, tried with a graph of one node before it is given out.
 *
 * `Session.run` blocks the JavaScript thread until the graph has run: long work belongs in a process of its own.
 * Throws SYNTHESIS_PROVIDER_UNAVAILABLE where the provider does not start.
 */
export async function createNodeRuntime(options: NodeRuntimeOptions = {}): Promise<Runtime> {
  const { provider = 'auto' } = options;
  if (provider !== 'auto') {
    const reason = await failure(provider);
    if (reason !== undefined) throw errors.providerUnavailable({ provider, available: await availableProviders(), reason });
    return nodeRuntime(provider, options);
  }
  return nodeRuntime((await failure('cuda')) === undefined ? 'cuda' : 'cpu', options);
}

/** The providers that start on this machine, fastest first. */
export async function availableProviders(): Promise<NodeProvider[]> {
  const there: NodeProvider[] = [];
  for (const provider of ['cuda', 'webgpu', 'cpu'] as const) if ((await failure(provider)) === undefined) there.push(provider);
  return there;
}

/** Every provider, with the reason where it does not start on this machine. */
export async function providerProblems(): Promise<readonly { readonly name: NodeProvider; readonly problem: string | undefined }[]> {
  const all: { name: NodeProvider; problem: string | undefined }[] = [];
  for (const name of ['cuda', 'webgpu', 'cpu'] as const) all.push({ name, problem: await failure(name) });
  return all;
}

/** Library and version, e.g. `onnxruntime-node 1.30.0`. */
export const runtimeVersion = `onnxruntime-node ${env.versions.node}`;

/** Why a provider does not start, in the runtime's words; undefined if it does. */
async function failure(provider: NodeProvider): Promise<string | undefined> {
  if (!listSupportedBackends().some(({ name }) => name === provider)) return `onnxruntime-node ${env.versions.node} is built without it on this system`;
  try {
    const session = await InferenceSession.create(probe, { ...providerOptions(provider), logSeverityLevel: 4 });
    await session.release();
    return undefined;
  } catch (cause) {
    return wordsOf(cause);
  }
}

function nodeRuntime(provider: NodeProvider, { threads, alone = false }: NodeRuntimeOptions): Runtime {
  return {
    provider,
    version: runtimeVersion,
    async load(model, options) {
      const session = await InferenceSession.create(model, { ...sessionOptions(provider, { threads, ...options }), ...(alone ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}) })
        .catch((cause: unknown) => { throw failed('loadFailed', provider, cause); });
      return nodeSession(provider, session);
    },
  };
}

function nodeSession(provider: NodeProvider, session: InferenceSession): Session {
  const { inputNames, outputNames } = session;
  let open = true;
  return {
    inputNames,
    outputNames,
    async run(feeds, outputs = outputNames) {
      if (!open) throw errors.sessionClosed({ provider });
      const missing = inputNames.filter((name) => feeds[name] === undefined);
      const unknown = Object.keys(feeds).filter((name) => !inputNames.includes(name));
      if (missing.length + unknown.length > 0) throw errors.feedMismatch({ missing, unknown, inputs: inputNames });
      const unknownOutputs = outputs.filter((name) => !outputNames.includes(name));
      if (unknownOutputs.length > 0) throw errors.unknownOutput({ unknown: unknownOutputs, outputs: outputNames });
      const inside = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toOrt(name, value)]));
      const results = await session.run(inside, outputs).catch((cause: unknown) => { throw failed('runFailed', provider, cause); });
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(name, results[name]!)]));
    },
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      await session.release();
    },
  };
}

type SessionSettings = SessionOptions & { readonly threads?: number | undefined };

/** The settings measured fastest on the CPU: everything optimised, one operator at a time, the memory arena on. */
const sessionOptions = (provider: NodeProvider, options: SessionSettings): InferenceSession.SessionOptions => ({
  ...providerOptions(provider),
  graphOptimizationLevel: optimization[options.optimize ?? 'all'],
  executionMode: 'sequential',
  logSeverityLevel: 4,
  ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads, interOpNumThreads: 1 }),
});

const optimization = { none: 'disabled', basic: 'basic', extended: 'extended', all: 'all' } as const;

const providerOptions = (provider: NodeProvider): InferenceSession.SessionOptions => ({
  executionProviders: provider === 'cpu' ? ['cpu'] : [{ name: provider }, 'cpu'],
});

const ortType: Partial<Record<DType, OrtTensor.Type>> = {
  f32: 'float32', f64: 'float64', f16: 'float16', i8: 'int8', i16: 'int16', i32: 'int32', i64: 'int64',
  u8: 'uint8', u16: 'uint16', u32: 'uint32', u64: 'uint64', bool: 'bool', string: 'string',
};
const dtypeOfOrt = new Map(Object.entries(ortType).map(([dtype, type]) => [type, dtype as DType]));

function toOrt(name: string, value: Tensor): OrtTensor {
  const type = ortType[value.dtype];
  if (type === undefined) throw errors.unsupportedDtype({ name, dtype: value.dtype });
  // The constructor is overloaded by literal type; the pair of type and array is ours by `ArrayOf`.
  return new OrtTensor(type as 'float32', value.data as Float32Array, value.shape);
}

function fromOrt(name: string, value: OrtTensor): Tensor {
  const dtype = dtypeOfOrt.get(value.type);
  if (dtype === undefined) throw errors.unsupportedDtype({ name, dtype: value.type });
  const data = value.data as Tensor['data'];
  // Newer JavaScript engines have a Float16Array, which the runtime then uses; the project keeps the bits.
  const bits = dtype === 'f16' && !(data instanceof Uint16Array) && ArrayBuffer.isView(data)
    ? new Uint16Array(data.buffer, data.byteOffset, value.size) : data;
  return { dtype, shape: [...value.dims], data: bits };
}

/** One reading of the runtime's words, so that nobody else has to: memory is a code of its own. */
function failed(kind: 'loadFailed' | 'runFailed', provider: NodeProvider, cause: unknown): Error {
  const reason = wordsOf(cause);
  const memory = /bad_alloc|bad allocation|out of memory|failed to allocate|CUDA_ERROR_OUT_OF_MEMORY|CUBLAS_STATUS_ALLOC_FAILED/i.test(reason);
  return (memory ? errors.outOfMemory : errors[kind])({ provider, reason }, cause);
}

const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, ' ').trim();

/** y = Relu(x), f32[1]: small, and every provider has it. */
const probe: Uint8Array = (() => {
  const value = (name: string): ValueInfoProto => ({
    name, metadataProps: [],
    type: { value: { $case: 'tensorType', value: { elemType: dtypeCode.f32, shape: { dim: [{ value: { $case: 'dimValue', value: 1n } }] } } } },
  });
  return ModelProto.encode({
    irVersion: 8n, producerName: 'neuron-atlas', opsetImport: [{ domain: '', version: 18n }], metadataProps: [], functions: [],
    graph: {
      name: 'probe', input: [value('x')], output: [value('y')], initializer: [], valueInfo: [], sparseInitializer: [], metadataProps: [],
      node: [{ name: 'relu', opType: 'Relu', input: ['x'], output: ['y'], attribute: [], metadataProps: [] }],
    },
  }).finish();
})();
