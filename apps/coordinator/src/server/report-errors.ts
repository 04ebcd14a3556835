import { randomBytes } from 'node:crypto';
import { AtlasError, describe, isAtlasError } from '@neuron-atlas/errors';
import { errorTrailer, toGrpcError } from '@neuron-atlas/proto';
import { ServerError, Status, type ServerMiddleware } from 'nice-grpc';
import type { Logger } from 'pino';
import { databaseError } from '../store/database-error.js';

/**
 * The one place where an error becomes a gRPC status: catalogued ones whole, in a trailer; a bug as INTERNAL with the id
 * under which the log has it.
 */
export const reportErrors = (log: Logger): ServerMiddleware =>
  async function* (call, context) {
    try {
      return yield* call.next(call.request, context);
    } catch (thrown) {
      if (thrown instanceof ServerError || (context.signal.aborted && thrown instanceof Error && thrown.name === 'AbortError')) throw thrown;
      const known = isAtlasError(thrown) ? thrown : databaseError(thrown);
      if (known === undefined) {
        const id = randomBytes(4).toString('hex');
        log.error({ err: thrown, method: call.method.path, id }, 'a call failed for a reason that is ours');
        throw new ServerError(Status.INTERNAL, `internal error; the coordinator's log has it as ${id}`);
      }
      log[known.grpc === 'UNAVAILABLE' || known.grpc === 'DATA_LOSS' ? 'warn' : 'debug']({ method: call.method.path, code: known.code }, describe(known));
      const { error, trailer } = toGrpcError(known instanceof AtlasError ? known : new AtlasError(known));
      context.trailer.set(errorTrailer, trailer);
      throw error;
    }
  };
