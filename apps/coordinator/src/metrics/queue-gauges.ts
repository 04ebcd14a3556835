import { Gauge, prefix, type Registry } from '@neuron-atlas/telemetry';
import type { Outlook } from '../store/outlook.js';

/** Sweeps that get time series of their own; the rest are in the totals. */
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
  { name: 'sweep_units', help: `Units of a sweep that runs or ended a moment ago, all stages, for the ${mostSweeps} oldest.`, labels: ['sweep'], values: ({ open }) => open.map(({ id, units }) => [{ sweep: id }, units]) },
  { name: 'sweep_units_done', help: `Committed units of such a sweep, all stages, for the ${mostSweeps} oldest.`, labels: ['sweep'], values: ({ open }) => open.map(({ id, unitsDone }) => [{ sweep: id }, unitsDone]) },
  { name: 'sweep_agent_seconds', help: `Seconds of engines that went into committed shards of such a sweep, for the ${mostSweeps} oldest.`, labels: ['sweep'], values: ({ open }) => open.map(({ id, agentSeconds }) => [{ sweep: id }, agentSeconds]) },
];

// All gauges of one scrape are filled from one reading; scrapes come every few seconds at most.
const keptMs = 1000;

export interface QueueGaugesOptions {
  readonly read: () => Promise<Outlook>;
  /** Whether it is for this coordinator to show the queue. */
  readonly leads: () => boolean;
  /** Any question to the database. */
  readonly ping: () => Promise<unknown>;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/**
 * Gauges of the queue, read from the database when they are scraped, by the coordinator that leads.
 *
 * From the others they are absent, so that a sum over all coordinators counts nothing twice. Where the database does not
 * answer they are absent too and `neuronatlas_db_up` is 0, for old numbers would look like a calm queue.
 */
export function queueGauges(registry: Registry, options: QueueGaugesOptions): void {
  let reading: Promise<Outlook | 'led by another' | undefined> | undefined;
  let readAt = -Infinity;
  const outlook = (): Promise<Outlook | 'led by another' | undefined> => {
    if (reading === undefined || options.now() - readAt > keptMs) {
      readAt = options.now();
      reading = look(options).catch((error: unknown) => {
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
        for (const [of, value] of typeof found === 'object' && options.leads() ? values(found) : []) this.set(of, value);
      },
    });
  }
  new Gauge({
    name: `${prefix}db_up`, help: '1 where the database answered at this scrape.', registers: [registry],
    async collect() { this.set(await outlook() === undefined ? 0 : 1); },
  });
  new Gauge({
    name: `${prefix}leader`, help: '1 on the coordinator that has the role.', labelNames: ['role'], registers: [registry],
    collect() { this.set({ role: 'queue' }, options.leads() ? 1 : 0); },
  });
}

async function look({ leads, read, ping }: QueueGaugesOptions): Promise<Outlook | 'led by another'> {
  if (leads()) return read();
  await ping();
  return 'led by another';
}
