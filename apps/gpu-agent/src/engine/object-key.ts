import { layerPath } from '@neuron-atlas/atlas';
import type { ShardTask } from '@neuron-atlas/spec';

/**
 * Where the pictures of a shard lie: `synthesis/<layer>/<view>-<start>-<end>-<content>.parquet`.
 *
 * Named by what it holds and by its content, not by attempt: whoever makes it again writes the same object.
 */
export const objectKey = (range: UnitsOfLayer, sha256: string): string => keyIn('synthesis', range, sha256);

/** The same for units that are finished while their shard is not; no manifest ever refers to one. */
export const checkpointKey = (range: UnitsOfLayer, sha256: string): string => keyIn('checkpoints', range, sha256);

type UnitsOfLayer = Pick<ShardTask, 'layer' | 'view' | 'unitStart' | 'unitEnd'>;

function keyIn(folder: string, { layer, view, unitStart, unitEnd }: UnitsOfLayer, sha256: string): string {
  const five = (n: number): string => String(n).padStart(5, '0');
  return `${folder}/${layerPath(layer)}/${view}-${five(unitStart)}-${five(unitEnd)}-${sha256.slice(0, 16)}.parquet`;
}
