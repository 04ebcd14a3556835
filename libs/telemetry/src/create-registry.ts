import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Every name of this project begins with it. */
export const prefix = 'neuronatlas_';

// Names of prom-client that `promtool check metrics` refuses: gauges that end like counters or histograms.
const refused = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/**
 * A registry with the metrics of the process itself (CPU, memory, event loop, garbage collection) and
 * `neuronatlas_build_info`.
 */
export function createRegistry({ component, version }: { readonly component: string; readonly version: string }): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of refused) registry.removeSingleMetric(name);
  new Gauge({ name: `${prefix}build_info`, help: 'Version of the process that is scraped; always 1.', labelNames: ['component', 'version'], registers: [registry] })
    .set({ component, version }, 1);
  return registry;
}
