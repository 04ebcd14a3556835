import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '@neuron-atlas/blobs';
import { faultSchedule } from '@neuron-atlas/testkit';
import type { Cluster } from './cluster.js';
import { faults, type FaultKind } from './faults.js';
import { smallModel, smallPlan, type SmallSweep } from './small-sweep.js';

export interface ChaosRun {
  /** Sweeps of the same plan, one after another as long as there are faults: id and output. */
  readonly sweeps: readonly { readonly id: string; readonly output: string }[];
  readonly struck: ReadonlyMap<FaultKind, number>;
  /** Times that a sweep ended without some of its shards, which had failed too often, and was told to try them again. */
  readonly retries: number;
}

export interface ChaosOptions {
  readonly seed: number;
  readonly faults: number;
  /** Kinds that this machine does not have. */
  readonly without: readonly FaultKind[];
  readonly ttlMs: number;
  readonly steps: number;
  /** The place of the n-th sweep. */
  readonly output: (n: number) => string;
  readonly endpoint: string;
  /** Whether a report of a zombie was refused yet: where the machine was too slow for one so far, a few more are made. */
  readonly refused: () => boolean;
}

/** From one fault to the next, on average. */
const paceMs = 550;

const mostExtra = 12;

/** Sweeps on a cluster while faults strike it, in the order and with the strength that the seed says; then lets it come to rest. */
export async function runChaos(cluster: Cluster, options: ChaosOptions): Promise<ChaosRun> {
  const kinds = Object.fromEntries(Object.entries(faults).filter(([kind]) => !options.without.includes(kind as FaultKind)).map(([kind, { weight }]) => [kind, weight])) as Record<FaultKind, number>;
  const struck = new Map<FaultKind, number>();
  const sweeps: { id: string; output: string }[] = [];
  let raging = true;
  let retries = 0;
  const sweeping = (async () => {
    while (raging) {
      const output = options.output(sweeps.length);
      const id = await submitSmall(cluster, output, options);
      sweeps.push({ id, output });
      retries += await overAndDone(cluster, id);
    }
  })();
  const striking = (async () => {
    const strikes: Promise<void>[] = [];
    for (const fault of faultSchedule(options.seed, options.faults, kinds)) {
      await sleep(2 * paceMs * fault.gap);
      struck.set(fault.kind, (struck.get(fault.kind) ?? 0) + 1);
      strikes.push(faults[fault.kind].strike(cluster, fault, options.ttlMs));
    }
    await Promise.all(strikes);
    cluster.heal();
    for (let extra = 0; extra < mostExtra && !options.refused(); extra++) {
      await faults['report late'].strike(cluster, { kind: 'report late', who: (extra % cluster.agents.length) / cluster.agents.length, size: 0, gap: 0 }, options.ttlMs);
    }
    raging = false;
  })();
  await Promise.all([sweeping, striking]);
  return { sweeps, struck, retries };
}

/** Puts the model in its place, past all faults, and submits the sweep. */
export async function submitSmall(cluster: Cluster, output: string, { endpoint, ...sweep }: SmallSweep & Pick<ChaosOptions, 'endpoint'>): Promise<string> {
  const { bytes, sha256 } = smallModel();
  await (await openStore(output, { endpoint })).put(`model/${sha256}.onnx`, bytes);
  const planJson = JSON.stringify(smallPlan(output, sweep));
  return (await cluster.sweeps((client) => client.submitSweep({ idempotencyKey: output, planJson }))).sweepId;
}

/** Waits for a sweep; where it gave shards up, has them tried again, as a person would. Returns how often. */
export async function overAndDone(cluster: Cluster, sweepId: string): Promise<number> {
  for (let retries = 0; ; await sleep(200)) {
    const { state } = await cluster.sweeps((client) => client.getSweep({ sweepId }));
    if (state === 'done') return retries;
    if (state !== 'failed') continue;
    retries++;
    await cluster.sweeps((client) => client.retrySweep({ sweepId }));
  }
}
