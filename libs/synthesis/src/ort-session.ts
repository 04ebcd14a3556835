import type { DType, Session, Tensor } from '@neuron-atlas/onnx';
import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import { errors } from './errors.js';

/** A session of onnxruntime, in Node or in a page, as the project's own. */
export function ortSession(provider: string, session: InferenceSession, OrtTensor: TensorConstructor): Session {
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
      const inside = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toOrt(OrtTensor, name, value)]));
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

const ortType: Partial<Record<DType, OrtTensor.Type>> = {
  f32: 'float32', f64: 'float64', f16: 'float16', i8: 'int8', i16: 'int16', i32: 'int32', i64: 'int64',
  u8: 'uint8', u16: 'uint16', u32: 'uint32', u64: 'uint64', bool: 'bool', string: 'string',
};
const dtypeOfOrt = new Map(Object.entries(ortType).map(([dtype, type]) => [type, dtype as DType]));

function toOrt(OrtTensor: TensorConstructor, name: string, value: Tensor): OrtTensor {
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
export function failed(kind: 'loadFailed' | 'runFailed', provider: string, cause: unknown): Error {
  const reason = wordsOf(cause);
  const memory = /bad_alloc|bad allocation|out of memory|failed to allocate|CUDA_ERROR_OUT_OF_MEMORY|CUBLAS_STATUS_ALLOC_FAILED/i.test(reason);
  return (memory ? errors.outOfMemory : errors[kind])({ provider, reason }, cause);
}

export const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, ' ').trim();
