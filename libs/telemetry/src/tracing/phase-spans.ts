import { context, type Span } from '@opentelemetry/api';
import { tracer } from './in-span.js';

/** Turns a report of phases into spans, one after the other, below what is under way when it is made. */
export function phaseSpans(): Disposable & { readonly enter: (phase: string) => void } {
  const within = context.active();
  let current: { readonly phase: string; readonly span: Span } | undefined;
  return {
    enter: (phase) => {
      if (current?.phase === phase) return;
      current?.span.end();
      current = { phase, span: tracer().startSpan(phase, {}, within) };
    },
    [Symbol.dispose]: () => { current?.span.end(); },
  };
}
