import { AtlasError, isAtlasError } from '@neuron-atlas/errors';
import { Counter, Gauge, Histogram, prefix, type Registry } from '@neuron-atlas/telemetry';
import { ServerError, Status, type ServerMiddleware } from 'nice-grpc';

/** Calls that wait on purpose: how long they take says how much work there is, not how fast the server is. */
const parked = new Set(['AcquireLeases', 'WatchSweep']);

/**
 * Rate, errors and duration of every call, by service and method, on the way out: it stands outside of the middleware that
 * turns errors into statuses, and sees what the client sees.
 */
export function grpcMetrics(registry: Registry, now: () => number): ServerMiddleware {
  const registers = [registry];
  const handled = new Counter({ name: `${prefix}grpc_server_handled_total`, help: 'Calls that have ended, by status.', labelNames: ['service', 'method', 'code'], registers });
  const handling = new Histogram({
    name: `${prefix}grpc_server_handling_seconds`, help: 'Duration of calls that do not wait for work.', labelNames: ['service', 'method'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5], registers,
  });
  const waiting = new Histogram({
    name: `${prefix}acquire_wait_seconds`, help: 'How long polls for work were held before they were answered.', buckets: [0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 30], registers,
  });
  const inFlight = new Gauge({ name: `${prefix}grpc_server_in_flight`, help: 'Calls under way.', labelNames: ['method'], registers });
  return async function* (call, context) {
    const [service = '', method = ''] = call.method.path.split('/').filter((part) => part !== '');
    const begun = now();
    let code: keyof typeof Status = 'OK';
    inFlight.inc({ method });
    try {
      return yield* call.next(call.request, context);
    } catch (error) {
      code = codeOf(error, context.signal);
      throw error;
    } finally {
      inFlight.dec({ method });
      handled.inc({ service, method, code });
      const seconds = (now() - begun) / 1000;
      if (method === 'AcquireLeases') waiting.observe(seconds);
      if (!parked.has(method)) handling.observe({ service, method }, seconds);
    }
  };
}

function codeOf(error: unknown, signal: AbortSignal): keyof typeof Status {
  if (error instanceof ServerError) return (Object.keys(Status) as (keyof typeof Status)[]).find((name) => Status[name] === error.code) ?? 'UNKNOWN';
  if (signal.aborted) return 'CANCELLED';
  return isAtlasError(error) ? new AtlasError(error).grpc : 'INTERNAL';
}
