import { dtypeCode, type Runtime, type SessionOptions } from '@neuron-atlas/onnx';
import { ModelProto, type ValueInfoProto } from '@neuron-atlas/proto/onnx';
import { env, InferenceSession, listSupportedBackends, Tensor as OrtTensor } from 'onnxruntime-node';
import { errors } from './errors.js';
import { failed, ortSession, wordsOf } from './ort-session.js';
import { repairModel } from './webgpu/repair-model.js';

export { loadPlugins } from './node/load-plugins.js';

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
  /** Leaves in graphs what WebGPU gets wrong (webgpu/): to see whether it still does. @default false */
  readonly unrepaired?: boolean;
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

function nodeRuntime(provider: NodeProvider, { threads, alone = false, unrepaired = false }: NodeRuntimeOptions): Runtime {
  return {
    provider,
    version: runtimeVersion,
    async load(model, options) {
      const repaired = provider === 'webgpu' && !unrepaired ? repairModel(model, options?.dataFolder) : model;
      const session = await InferenceSession.create(repaired, { ...sessionOptions(provider, { threads, ...options }), ...extraOptions(alone, options?.dataFolder) })
        .catch((cause: unknown) => { throw failed('loadFailed', provider, cause); });
      return ortSession(provider, session, OrtTensor);
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

/** What the binding has no options for: entries of the runtime's own session configuration. */
function extraOptions(alone: boolean, dataFolder: string | undefined): Pick<InferenceSession.SessionOptions, 'extra'> {
  const session = { ...(alone ? { disable_cpu_ep_fallback: '1' } : {}), ...(dataFolder === undefined ? {} : { model_external_initializers_file_folder_path: dataFolder }) };
  return Object.keys(session).length === 0 ? {} : { extra: { session } };
}

const optimization = { none: 'disabled', basic: 'basic', extended: 'extended', all: 'all' } as const;

const providerOptions = (provider: NodeProvider): InferenceSession.SessionOptions => ({
  executionProviders: provider === 'cpu' ? ['cpu'] : [{ name: provider }, 'cpu'],
});

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
