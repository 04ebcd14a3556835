export interface TracingOptions {
  readonly component: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

// A collector that is away must not keep a process that wants to end.
const flushMs = 2_000;

/**
 * Sends the spans of this process to an OpenTelemetry collector, over HTTP, until it is disposed of.
 *
 * Off unless OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) names one: then nothing is loaded, and `inSpan` and its like
 * do nothing. The standard's other variables count too: OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
 * OTEL_TRACES_SAMPLER.
 */
export async function startTracing({ component, version, env }: TracingOptions): Promise<AsyncDisposable> {
  if (!env['OTEL_EXPORTER_OTLP_ENDPOINT'] && !env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const [{ BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, { detectResources, envDetector, resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'), import('@opentelemetry/exporter-trace-otlp-http'), import('@opentelemetry/resources'),
  ]);
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `neuron-atlas-${component}`, 'service.version': version }).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  return {
    [Symbol.asyncDispose]: async () => {
      // What could not be sent is lost: traces are for looking at, nothing depends on them.
      await Promise.race([provider.shutdown().catch(() => {}), new Promise((resolve) => { setTimeout(resolve, flushMs).unref(); })]);
    },
  };
}
