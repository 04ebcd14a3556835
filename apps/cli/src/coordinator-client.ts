import { isAtlasError } from '@neuron-atlas/errors';
import { AccessServiceDefinition, atlasErrors, SweepServiceDefinition, type AccessServiceClient, type SweepServiceClient } from '@neuron-atlas/proto';
import { bearer, type TokenSource } from '@neuron-atlas/proto/bearer';
import { channelCredentials, type TlsFiles } from '@neuron-atlas/proto/tls';
import { traceClientCalls } from '@neuron-atlas/telemetry/tracing';
import { createChannel, createClientFactory, Status, type CallOptions, type ClientMiddlewareCall } from 'nice-grpc';
import { deadlineMiddleware } from 'nice-grpc-client-middleware-deadline';
import { retryMiddleware } from 'nice-grpc-client-middleware-retry';
import { errors } from './errors.js';

export interface CoordinatorClient {
  readonly address: string;
  readonly sweeps: SweepServiceClient;
  readonly access: AccessServiceClient;
  close(): void;
}

// A caller waits about five seconds for a coordinator that is not there: the first try and retries after up to 0.2, 0.4,
// 0.8 and 1.6 s, or one call that hangs. Every call is idempotent, so that each may be repeated.
const unaryMs = 5_000;
const retry = { retry: true, retryMaxAttempts: 4, retryBaseDelayMs: 200, retryMaxDelayMs: 1_600, retryableStatuses: [Status.UNAVAILABLE] };

/** The sweeps of a coordinator; no connection is made before the first call. */
export function connectCoordinator(address: string, tls?: TlsFiles, token?: TokenSource): CoordinatorClient {
  const channel = createChannel(address, tls === undefined ? undefined : channelCredentials(tls), {
    'grpc.enable_retries': 0, 'grpc.keepalive_time_ms': 30_000,
    'grpc.max_receive_message_length': 256 * 2 ** 20,   // the manifest of a million units
  });
  const unreachable = async function* <Request, Response>(
    call: ClientMiddlewareCall<Request, Response>, options: CallOptions,
  ): AsyncGenerator<Response, Response | void, undefined> {
    try {
      return yield* call.next(call.request, options);
    } catch (error) {
      if (!isAtlasError(error) || (error.code !== 'PROTO_UNAVAILABLE' && error.code !== 'PROTO_DEADLINE_EXCEEDED')) throw error;
      throw errors.coordinatorUnreachable({ address, reason: error.message }, error);
    }
  };
  const shown = token === undefined ? createClientFactory() : createClientFactory().use(bearer(token));
  const factory = shown.use(retryMiddleware).use(deadlineMiddleware).use(atlasErrors).use(unreachable).use(traceClientCalls);
  const sweeps = factory.create(SweepServiceDefinition, channel, {
    '*': { deadline: unaryMs, ...retry },
    // A plan of a large model is a large message, and its shards are written in the same call.
    submitSweep: { deadline: 60_000, ...retry },
    getManifest: { deadline: 60_000, ...retry },
    // A stream has no deadline: who watches decides when it has been silent for too long.
    watchSweep: { deadline: undefined, retry: false },
  });
  const access = factory.create(AccessServiceDefinition, channel, {
    '*': { deadline: unaryMs, ...retry },
    createToken: { deadline: unaryMs, retry: false }, // twice would be two tokens
  });
  return { address, sweeps, access, close: () => channel.close() };
}
