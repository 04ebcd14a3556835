import type { QuarantinedShard, SweepServiceClient } from '@neuron-atlas/proto';

/** Why a shard was given up, as `CODE: message`. */
export function reasonOf(shard: QuarantinedShard): string {
  try {
    const { code, message } = JSON.parse(shard.errorJson) as { readonly code?: unknown; readonly message?: unknown };
    return `${String(code)}: ${String(message)}`;
  } catch {
    return shard.errorJson; // an agent of another version may say it in other words: better shown than lost
  }
}

/** The part of a sweep that a shard is: `conv1 16-31`, `publish`. */
export function partOf(shard: QuarantinedShard): string {
  return shard.stage === 'publish' ? 'publish' : `${shard.layer} ${shard.unitStart}-${shard.unitEnd - 1}`;
}

export async function firstQuarantined(sweeps: Pick<SweepServiceClient, 'listQuarantine'>, sweepId: string): Promise<string> {
  const [first] = (await sweeps.listQuarantine({ sweepId })).shards;
  return first === undefined ? '' : `${partOf(first)}: ${reasonOf(first)}`;
}
