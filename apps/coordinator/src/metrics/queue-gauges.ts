import { Gauge, prefix, type Registry } from '@neuron-atlas/telemetry';
import type { Outlook } from '../store/outlook.js';

/** Running sweeps that get time series of their own; the rest are in the totals. */
export const mostSweeps = 50;

const sweepStates = ['running', 'paused', 'cancelled', 'done', 'failed'];

type Labels = Readonly<Record<string, string>>;

/** A gauge, and its values in an outlook. */
interface QueueGauge {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly values: (outlook: Outlook) => Iterable<readonly [labels: Labels, value: number]>;
}

const gauges: readonly QueueGauge[] = [
  { name: 'sweeps', help: 'Sweeps by state.', labels: ['state'], values: ({ sweeps }) => sweepStates.map((state) => [{ state }, sweeps.get(state) ?? 0]) },
  { name: 'shards', help: 'Shards of open sweeps by stage and state.', labels: ['stage', 'state'], values: ({ shards }) => shards.map(({ stage, state, count }) => [{ stage, state }, count]) },
  { name: 'agents', help: 'Agents whose session lives, by provider.', labels: ['provider'], values: ({ agents }) => [...agents].map(([provider, count]) => [{ provider }, count]) },
  {
    name: 'backlog_gpu_seconds', help: 'What is left to do in running sweeps, leased work included, in seconds of one agent; absent while no speed is known.', labels: [],
    values: ({ backlogSeconds }) => (backlogSeconds === undefined ? [] : [[{}, backlogSeconds]]),
  },
  { name: 'sweep_units', help: `Units of a running sweep, all stages, for the ${mostSweeps} oldest.`, labels: ['sweep'], values: ({ open }) => open.map(({ id, units }) => [{ sweep: id }, units]) },
  { name: 'sweep_units_done', help: `Committed units of a running sweep, all stages, for the ${mostSweeps} oldest.`, labels: ['sweep'], values: ({ open }) => open.map(({ id, unitsDone }) => [{ sweep: id }, unitsDone]) },
];

// All gauges of one scrape are filled from one reading; scrapes come every few seconds at most.
const keptMs = 1000;

/**
 * Gauges of the queue, read from the database when they are scraped.
 *
 * All coordinators on one database say the same: dashboards and alerts take `max by`, never `sum`. Where the database does
 * not answer they are absent and `neuronatlas_db_up` is 0, for old numbers would look like a calm queue.
 */
export function queueGauges(registry: Registry, options: { readonly read: () => Promise<Outlook>; readonly now: () => number; readonly onError: (error: unknown) => void }): void {
  let reading: Promise<Outlook | undefined> | undefined;
  let readAt = -Infinity;
  const outlook = (): Promise<Outlook | undefined> => {
    if (reading === undefined || options.now() - readAt > keptMs) {
      readAt = options.now();
      reading = options.read().catch((error: unknown) => {
        options.onError(error);
        return undefined;
      });
    }
    return reading;
  };
  for (const { name, help, labels, values } of gauges) {
    new Gauge({
      name: `${prefix}${name}`, help, labelNames: [...labels], registers: [registry],
      async collect() {
        const found = await outlook();
        this.reset();
        if (labels.length === 0) this.remove();
        for (const [of, value] of found === undefined ? [] : values(found)) this.set(of, value);
      },
    });
  }
  new Gauge({
    name: `${prefix}db_up`, help: '1 where the database answered at this scrape.', registers: [registry],
    async collect() { this.set(await outlook() === undefined ? 0 : 1); },
  });
}
