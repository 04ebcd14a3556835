import { isAtlasError } from '@neuron-atlas/errors';
import type { GrpcCode } from '@neuron-atlas/errors';
import { FailureClass } from '@neuron-atlas/proto';

/** What decides whether a failed shard is tried again, by error code. */
const byCode: Readonly<Record<string, FailureClass>> = {
  AGENT_ENGINE_EXITED: FailureClass.POISON,
  AGENT_FAULT: FailureClass.POISON,
  AGENT_ENGINE_STALLED: FailureClass.INFRA,
  AGENT_ENGINE_NOT_STARTED: FailureClass.INFRA,
  AGENT_DISK_FAILED: FailureClass.INFRA,
  AGENT_PART_CHANGED: FailureClass.INFRA,
  AGENT_BAD_TASK: FailureClass.BAD_INPUT,
  AGENT_MODEL_CHANGED: FailureClass.BAD_INPUT,
  BLOBS_FAILED: FailureClass.TRANSIENT,
  BLOBS_NOT_WRITABLE: FailureClass.TRANSIENT,
  SYNTHESIS_PROVIDER_UNAVAILABLE: FailureClass.INFRA,
};

/** For codes of the libraries: their gRPC code says whose fault it is. */
const byGrpc: Readonly<Record<GrpcCode, FailureClass>> = {
  OK: FailureClass.POISON,
  CANCELLED: FailureClass.TRANSIENT,
  UNKNOWN: FailureClass.POISON,
  INVALID_ARGUMENT: FailureClass.BAD_INPUT,
  DEADLINE_EXCEEDED: FailureClass.TRANSIENT,
  NOT_FOUND: FailureClass.BAD_INPUT,
  ALREADY_EXISTS: FailureClass.BAD_INPUT,
  PERMISSION_DENIED: FailureClass.INFRA,
  RESOURCE_EXHAUSTED: FailureClass.OUT_OF_MEMORY,
  FAILED_PRECONDITION: FailureClass.BAD_INPUT,
  ABORTED: FailureClass.TRANSIENT,
  OUT_OF_RANGE: FailureClass.BAD_INPUT,
  UNIMPLEMENTED: FailureClass.BAD_INPUT,
  INTERNAL: FailureClass.POISON,
  UNAVAILABLE: FailureClass.TRANSIENT,
  DATA_LOSS: FailureClass.TRANSIENT,
  UNAUTHENTICATED: FailureClass.INFRA,
};

/** The class of a failure. An error that no catalogue knows is a fault of the program: it counts against the shard. */
export function failureClass(error: unknown): FailureClass {
  if (!isAtlasError(error)) return FailureClass.POISON;
  return byCode[error.code] ?? byGrpc[error.grpc] ?? FailureClass.POISON;
}
