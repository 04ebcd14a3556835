import type { SweepStatus } from '@neuron-atlas/proto';
import { count, counted, duration, rate } from './quantity.js';

/** `running: 120 of 3,944 units (3 %), 2.1 units/s, 30 min to go; 1 shard in quarantine: neuron-atlas quarantine ID`. */
export function progressLine(status: SweepStatus): string {
  const total = Number(status.unitsTotal);
  const percent = total > 0 ? Math.floor((100 * status.unitsDone) / total) : 0;
  const rest = restOf(status);
  const quarantined = status.stages.reduce((sum, stage) => sum + stage.shardsQuarantined, 0);
  return `${status.state}: ${count(Math.floor(status.unitsDone))} of ${count(total)} units (${percent} %)${rest === '' ? '' : `, ${rest}`}`
    + (quarantined === 0 ? '' : `; ${counted(quarantined, 'shard')} in quarantine: neuron-atlas quarantine ${status.sweepId}`);
}

function restOf(status: SweepStatus): string {
  const parts = status.unitsPerSecond > 0 ? [rate(status.unitsPerSecond)] : [];
  if (status.state === 'running' && status.etaSeconds >= 0) parts.push(`${duration(status.etaSeconds)} to go`);
  return parts.join(', ');
}
