import { AtlasError, isAtlasError, type AtlasErrorJson, grpcCode } from '@neuron-atlas/errors';
import { type ClientError, type Metadata, ServerError, Status, type CallOptions, type ClientMiddlewareCall } from 'nice-grpc-common';
import { errors } from './errors.js';

/** Trailer that carries an AtlasErrorJson as UTF-8; `-bin` makes it bytes on the wire. */
export const errorTrailer = 'neuron-atlas-error-bin';

// HTTP/2 peers commonly refuse header lists beyond 8 KiB, and base64 adds a third.
const maxTrailerBytes = 4096;

/** A catalogued error as a gRPC status, with the whole of it in `trailer`. */
export function toGrpcError(error: AtlasError): { readonly error: ServerError; readonly trailer: Uint8Array } {
  return { error: new ServerError(grpcCode[error.grpc], error.message), trailer: encode(error.toJSON()) };
}

/**
 * The catalogued error behind a failed call: the server's own where the trailer has one, else one of PROTO_*.
 *
 * Anything that is not a gRPC client error (an AbortError, an error that is catalogued already) comes back as it is.
 */
export function fromGrpcError(error: unknown, trailer?: Metadata): unknown {
  if (!(error instanceof Error) || isAtlasError(error) || error.name !== 'ClientError') return error;
  const { code, details: reason, path: method } = error as ClientError;
  const bytes = trailer?.get(errorTrailer);
  const json = bytes === undefined ? undefined : decode(bytes);
  if (json !== undefined) return new AtlasError(json, error);
  switch (code) {
    case Status.UNAVAILABLE: return errors.unavailable({ method, reason }, error);
    case Status.DEADLINE_EXCEEDED: return errors.deadlineExceeded({ method }, error);
    case Status.CANCELLED: return errors.cancelled({ method }, error);
    case Status.UNIMPLEMENTED: return errors.unimplemented({ method }, error);
    default: return errors.internal({ method, reason }, error);
  }
}

/**
 * Client middleware after which every failed call throws an AtlasError.
 *
 * Attach it last (`createClientFactory().use(retry).use(deadline).use(atlasErrors)`): the last one is the outermost, and
 * the retry middleware must still see gRPC's own codes.
 */
export async function* atlasErrors<Request, Response>(
  call: ClientMiddlewareCall<Request, Response>,
  options: CallOptions,
): AsyncGenerator<Response, Response | void, undefined> {
  let trailer: Metadata | undefined;
  try {
    return yield* call.next(call.request, {
      ...options,
      onTrailer: (metadata) => { trailer = metadata; options.onTrailer?.(metadata); },
    });
  } catch (error) {
    throw fromGrpcError(error, trailer);
  }
}

function encode(json: AtlasErrorJson): Uint8Array {
  const text = new TextEncoder();
  const whole = text.encode(JSON.stringify(json, (_, value: unknown) => typeof value === 'bigint' ? String(value) : value));
  if (whole.length <= maxTrailerBytes) return whole;
  return text.encode(JSON.stringify({ ...json, message: json.message.slice(0, 1000), help: json.help.slice(0, 500), details: {} }));
}

function decode(bytes: Uint8Array): AtlasErrorJson | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // not ours: a proxy may set trailers of its own; the status alone still makes a PROTO_* error
  }
  const { code, message, help, grpc, details } = (json ?? {}) as Partial<AtlasErrorJson>;
  if (typeof code !== 'string' || typeof message !== 'string' || typeof help !== 'string') return undefined;
  return { code, message, help, grpc: grpc !== undefined && grpc in grpcCode ? grpc : 'UNKNOWN', details: details ?? {} };
}
