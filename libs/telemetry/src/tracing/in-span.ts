import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace, type Context } from '@opentelemetry/api';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** One tracer for all: spans are told apart by the service that they come from. */
export const tracer = () => trace.getTracer('neuron-atlas');

/** What a `traceparent` of the W3C names; an empty one names nothing. */
export const contextOf = (traceParent: string): Context => propagation.extract(ROOT_CONTEXT, { traceparent: traceParent });

/** The `traceparent` of what is under way here; empty where nothing is traced. */
export function traceParent(of: Context = context.active()): string {
  const carrier: { traceparent?: string } = {};
  propagation.inject(of, carrier);
  return carrier.traceparent ?? '';
}

/**
 * Does something inside of a span, which the calls that it makes belong to.
 *
 * `parent` is a `traceparent` from elsewhere; without one the span belongs to what is under way.
 */
export function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>, parent?: string): Promise<T> {
  return tracer().startActiveSpan(name, { attributes }, parent === undefined ? context.active() : contextOf(parent), async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A moment below `parent`, as a span without length; gives its `traceparent`, for what follows from it elsewhere. */
export function markSpan(name: string, attributes: Attributes, parent: string): string {
  if (parent === '') return '';
  const within = contextOf(parent);
  const span = tracer().startSpan(name, { attributes }, within);
  span.end();
  return traceParent(trace.setSpan(within, span));
}

/** Codes, not messages: a message may hold a path or an address, and traces go to other people's servers. */
export const codeOf = (error: unknown): string => {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : String(name);
};
