import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Metadata, type CallContext, type CallOptions, type ClientMiddlewareCall, type ServerMiddlewareCall } from 'nice-grpc-common';
import { codeOf, contextOf, traceParent, tracer } from './in-span.js';

const header = 'traceparent';
const nameOf = (path: string): string => path.split('/').at(-1)!;

/**
 * Client middleware: a call that is made inside of a span becomes a span, and tells the server which.
 *
 * Calls outside of any, polls and heartbeats among them, stay as they are: no trace begins here.
 */
export async function* traceClientCalls<Request, Response>(call: ClientMiddlewareCall<Request, Response>, options: CallOptions): AsyncGenerator<Response, Response | void, undefined> {
  if (trace.getActiveSpan() === undefined) return yield* call.next(call.request, options);
  const span = tracer().startSpan(nameOf(call.method.path), { kind: SpanKind.CLIENT, attributes: { 'rpc.system': 'grpc' } });
  try {
    return yield* call.next(call.request, { ...options, metadata: Metadata(options.metadata).set(header, traceParent(trace.setSpan(context.active(), span))) });
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(error) });
    throw error;
  } finally {
    span.end();
  }
}

/** Server middleware: a call that comes from a span becomes one, and its handler runs inside of it. */
export async function* traceServerCalls<Request, Response>(call: ServerMiddlewareCall<Request, Response>, options: CallContext): AsyncGenerator<Response, Response | void, undefined> {
  const parent = options.metadata.get(header);
  if (parent === undefined) return yield* call.next(call.request, options);
  const from = contextOf(parent);
  const span = tracer().startSpan(nameOf(call.method.path), { kind: SpanKind.SERVER, attributes: { 'rpc.system': 'grpc' } }, from);
  const within = trace.setSpan(from, span);
  try {
    const inner = context.with(within, () => call.next(call.request, options));
    // A generator runs where its next value is asked for, not where it was made.
    for (;;) {
      const step = await context.with(within, () => inner.next());
      if (step.done === true) return step.value;
      yield step.value;
    }
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(error) });
    throw error;
  } finally {
    span.end();
  }
}
