import type { SweepStatus } from '@neuron-atlas/proto';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { Output } from './output.js';
import { count, duration, rate } from './quantity.js';

/** Shows a sweep as it goes: bars on a terminal, else a line now and then. */
export interface SweepProgress {
  update(status: SweepStatus): void;
  stop(): void;
}

// Lines are for logs and for people who read over a pipe: one for every twentieth of the work, at most every ten seconds.
const lineEveryMs = 10_000;
const lineEveryFraction = 0.05;

export function createSweepProgress(out: Output, now: () => number): SweepProgress {
  return out.bars ? bars() : lines(out, now);
}

function bars(): SweepProgress {
  const multi = new MultiBar({ format: '{stage} {bar} {percentage}% | {units} | {rest}', barsize: 24, hideCursor: true, clearOnComplete: false, stream: process.stderr, noTTYOutput: false }, Presets.shades_classic);
  const byStage = new Map<string, SingleBar>();
  return {
    update(status) {
      for (const stage of status.stages) {
        const total = Math.max(1, Number(stage.unitsTotal) || stage.shardsTotal);
        const done = Number(stage.unitsTotal) > 0 ? stage.unitsDone : stage.shardsDone;
        const payload = {
          stage: stage.stage.padEnd(10),
          units: Number(stage.unitsTotal) > 0 ? `${count(Math.floor(done))} of ${count(total)} units` : `${stage.shardsDone} of ${stage.shardsTotal}`,
          rest: stage.stage === 'synthesis' ? restOf(status) : '',
        };
        const bar = byStage.get(stage.stage) ?? multi.create(total, 0, payload);
        byStage.set(stage.stage, bar);
        bar.setTotal(total);
        bar.update(Math.min(total, done), payload);
      }
    },
    stop: () => multi.stop(),
  };
}

function lines(out: Output, now: () => number): SweepProgress {
  let last: { at: number; fraction: number; state: string } | undefined;
  return {
    update(status) {
      const fraction = Number(status.unitsTotal) > 0 ? status.unitsDone / Number(status.unitsTotal) : 0;
      const at = now();
      const due = last === undefined || last.state !== status.state
        || (at - last.at >= lineEveryMs && fraction - last.fraction >= lineEveryFraction) || at - last.at >= 6 * lineEveryMs;
      if (!due) return;
      last = { at, fraction, state: status.state };
      out.note(progressLine(status));
    },
    stop: () => undefined,
  };
}

/** `running: 120 of 3,944 units (3 %), 2.1 units/s, 30 min to go`. */
export function progressLine(status: SweepStatus): string {
  const total = Number(status.unitsTotal);
  const percent = total > 0 ? Math.floor((100 * status.unitsDone) / total) : 0;
  const rest = restOf(status);
  return `${status.state}: ${count(Math.floor(status.unitsDone))} of ${count(total)} units (${percent} %)${rest === '' ? '' : `, ${rest}`}`;
}

function restOf(status: SweepStatus): string {
  const parts = status.unitsPerSecond > 0 ? [rate(status.unitsPerSecond)] : [];
  if (status.state === 'running' && status.etaSeconds >= 0) parts.push(`${duration(status.etaSeconds)} to go`);
  return parts.join(', ');
}
