import { layerPath } from '@neuron-atlas/atlas';
import type { ShardTask } from '@neuron-atlas/spec';

/**
 * Where the pictures of a shard lie: `synthesis/<layer>/<view>-<start>-<end>-<content>.parquet`.
 *
 * Named by what it holds and by its content, not by attempt: whoever makes it again writes the same object.
 */
export function objectKey({ layer, view, unitStart, unitEnd }: Pick<ShardTask, 'layer' | 'view' | 'unitStart' | 'unitEnd'>, sha256: string): string {
  const five = (n: number): string => String(n).padStart(5, '0');
  return `synthesis/${layerPath(layer)}/${view}-${five(unitStart)}-${five(unitEnd)}-${sha256.slice(0, 16)}.parquet`;
}
