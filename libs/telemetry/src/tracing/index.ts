export { inSpan, markSpan, traceParent, type Attributes } from './in-span.js';
export { phaseSpans } from './phase-spans.js';
export { startTracing, type TracingOptions } from './start-tracing.js';
export { traceClientCalls, traceServerCalls } from './trace-calls.js';
