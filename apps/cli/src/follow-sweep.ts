import type { SweepServiceClient, SweepStatus } from '@neuron-atlas/proto';
import { agentsNow } from './agents-now.js';
import type { CommandContext } from './command.js';
import { assertDone, watchTiming } from './run-sweep.js';
import type { Showing } from './show-while-sweeping.js';
import { sweepLines, sweepRecord } from './sweep-lines.js';
import { createSweepProgress } from './sweep-progress.js';
import { watchSweep } from './watch-sweep.js';

/**
 * Shows a sweep until its end: bars or lines for people, with --json a record for each change.
 *
 * `showing` keeps what is done in the viewer's reach meanwhile.
 */
export async function followSweep(context: Pick<CommandContext<unknown>, 'out' | 'world' | 'signal'>, sweeps: SweepServiceClient, sweepId: string, showing?: Showing): Promise<void> {
  const { out, world, signal } = context;
  const progress = createSweepProgress(out, world.now);
  let last: SweepStatus | undefined;
  try {
    for await (const status of watchSweep(sweeps, sweepId, { ...watchTiming, now: world.now, sleep: world.sleep }, signal)) {
      last = status;
      showing?.update(status);
      if (out.json) out.record(sweepRecord(status), () => '');
      else progress.update(status, out.bars ? await agentsNow(sweeps, signal) : []);
    }
  } finally {
    progress.stop();
    await showing?.end(last?.state === 'done');
  }
  if (last !== undefined && !out.json) out.document(sweepRecord(last), () => sweepLines(last));
  await assertDone(sweeps, last);
}
