import type { SweepServiceClient, SweepStatus } from '@neuron-atlas/proto';
import type { CommandContext } from './command.js';
import { assertDone, watchTiming } from './run-sweep.js';
import { sweepLines, sweepRecord } from './sweep-lines.js';
import { createSweepProgress } from './sweep-progress.js';
import { watchSweep } from './watch-sweep.js';

/** Shows a sweep until its end: bars or lines for people, with --json a record for each change. */
export async function followSweep(context: Pick<CommandContext<unknown>, 'out' | 'world' | 'signal'>, sweeps: SweepServiceClient, sweepId: string): Promise<void> {
  const { out, world, signal } = context;
  const progress = createSweepProgress(out, world.now);
  let last: SweepStatus | undefined;
  try {
    for await (const status of watchSweep(sweeps, sweepId, { ...watchTiming, now: world.now, sleep: world.sleep }, signal)) {
      last = status;
      if (out.json) out.record(sweepRecord(status), () => '');
      else progress.update(status);
    }
  } finally {
    progress.stop();
  }
  if (last !== undefined && !out.json) out.document(sweepRecord(last), () => sweepLines(last));
  await assertDone(sweeps, last);
}
