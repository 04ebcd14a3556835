import type { AgentStatus, SweepStatus } from '@neuron-atlas/proto';
import type { Output } from './output.js';
import { progressLine } from './progress-line.js';
import { createSweepBars } from './sweep-bars.js';

/** Shows a sweep as it goes: bars on a terminal, else a line now and then. */
export interface SweepProgress {
  /** Agents are asked for where bars are drawn; lines name none. */
  update(status: SweepStatus, agents?: readonly AgentStatus[]): void;
  stop(): void;
}

// Lines are for logs and for people who read over a pipe: one for every twentieth of the work, at most every ten seconds.
const lineEveryMs = 10_000;
const lineEveryFraction = 0.05;

export function createSweepProgress(out: Output, now: () => number): SweepProgress {
  return out.bars ? createSweepBars(now) : lines(out, now);
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
