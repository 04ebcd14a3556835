import type { Runtime, SessionOptions } from '@neuron-atlas/onnx';
import type { InferenceSession } from 'onnxruntime-common';
import type * as Ort from 'onnxruntime-web';
import { errors } from './errors.js';
import { failed, ortSession, wordsOf } from './ort-session.js';
import { repairModel } from './webgpu/repair-model.js';

export type WebProvider = 'wasm' | 'webgpu';

export interface WebRuntimeOptions {
  readonly provider: WebProvider;
  /** Where the page has onnxruntime-web's WebAssembly of this provider. */
  readonly wasm: string;
}

/**
 * onnxruntime-web in a page or a worker of it, on one thread: the same programs as in an agent.
 *
 * `Session.run` blocks the thread on `wasm`: long work belongs in a worker. Throws SYNTHESIS_PROVIDER_UNAVAILABLE where the
 * provider does not start.
 */
export async function createWebRuntime({ provider, wasm }: WebRuntimeOptions): Promise<Runtime> {
  if (provider === 'webgpu' && (globalThis as { readonly navigator?: { readonly gpu?: unknown } }).navigator?.gpu === undefined) throw errors.providerUnavailable({ provider, available: ['wasm'], reason: 'this browser has no WebGPU' });
  const ort = await load(provider);
  ort.env.logLevel = 'fatal';
  // Several threads need a page that is isolated from other sites, which files on a bucket are not.
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm };
  return {
    provider,
    version: `onnxruntime-web ${ort.env.versions.web ?? ''}`.trim(),
    async load(model, options = {}) {
      if (options.dataFolder !== undefined) throw errors.loadFailed({ provider, reason: 'its weights lie in files beside it, which a page does not reach' });
      const session = await ort.InferenceSession.create(provider === 'webgpu' ? repairModel(model) : model, sessionOptions(provider, options))
        .catch((cause: unknown) => {
          if (/backend|webgpu.*(adapter|device)/i.test(wordsOf(cause))) throw errors.providerUnavailable({ provider, available: ['wasm'], reason: wordsOf(cause) }, cause);
          throw failed('loadFailed', provider, cause);
        });
      return ortSession(provider, session, ort.Tensor);
    },
  };
}

/** Each provider is a build of its own: the one for WebGPU is larger and slower on the CPU. */
const load = (provider: WebProvider): Promise<typeof Ort> =>
  (provider === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm'));

const optimization = { none: 'disabled', basic: 'basic', extended: 'extended', all: 'all' } as const;

// NCHW: turned to NHWC, values inside a Loop keep the shapes that they had, and the runtime refuses its own graph (1.30.0).
const sessionOptions = (provider: WebProvider, { optimize = 'all' }: SessionOptions): InferenceSession.SessionOptions => ({
  executionProviders: provider === 'webgpu' ? [{ name: 'webgpu', preferredLayout: 'NCHW' }, 'wasm'] : ['wasm'],
  graphOptimizationLevel: optimization[optimize],
  logSeverityLevel: 4,
});
