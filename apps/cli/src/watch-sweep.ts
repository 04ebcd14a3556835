import { isAtlasError } from '@neuron-atlas/errors';
import type { SweepServiceClient, SweepStatus } from '@neuron-atlas/proto';

/** Which states of a sweep are its last. */
export const terminal: Readonly<Record<string, boolean>> = { running: false, paused: false, cancelled: true, done: true, failed: true };

export interface WatchTiming {
  /** A stream that says nothing for so long is opened anew. */
  readonly silentMs: number;
  readonly pauseMs: number;
  /** How long a coordinator that has answered once may be away: restarted, or on a machine that is busy. */
  readonly patienceMs: number;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * The status of a sweep whenever it changes, until its last.
 *
 * The stream is a hint: where it breaks or falls silent, the status is asked for and the stream opened anew. Only when
 * asking fails as well, for as long as `patienceMs`, is the coordinator gone (CLI_COORDINATOR_UNREACHABLE); one that was
 * never there is gone at once.
 */
export async function* watchSweep(
  sweeps: Pick<SweepServiceClient, 'getSweep' | 'watchSweep'>, sweepId: string, timing: WatchTiming, signal: AbortSignal,
): AsyncGenerator<SweepStatus, void, undefined> {
  for (let heardAt: number | undefined; ;) {
    let status: SweepStatus;
    try {
      status = await sweeps.getSweep({ sweepId }, { signal });
    } catch (error) {
      if (signal.aborted || !isAway(error) || heardAt === undefined || timing.now() - heardAt > timing.patienceMs) throw error;
      await timing.sleep(timing.pauseMs, signal);
      continue;
    }
    heardAt = timing.now();
    yield status;
    if (terminal[status.state] === true) return;
    const stream = new AbortController();
    let silence = setTimeout(() => stream.abort(), timing.silentMs);
    try {
      for await (const next of sweeps.watchSweep({ sweepId }, { signal: AbortSignal.any([signal, stream.signal]) })) {
        clearTimeout(silence);
        silence = setTimeout(() => stream.abort(), timing.silentMs);
        heardAt = timing.now();
        // The last status is asked for once more, so that it is whole.
        if (terminal[next.state] === true) break;
        yield next;
      }
    } catch (error) {
      // The next question finds out whether the coordinator is gone; anything else it said is the caller's to see.
      if (signal.aborted || !(stream.signal.aborted || isAway(error))) throw error;
    } finally {
      clearTimeout(silence);
      stream.abort();
    }
    await timing.sleep(timing.pauseMs, signal);
  }
}

/** Whether an error says that the coordinator may be back soon. */
export function isAway(error: unknown): boolean {
  return isAtlasError(error) && (error.grpc === 'UNAVAILABLE' || error.grpc === 'CANCELLED' || error.grpc === 'DEADLINE_EXCEEDED');
}
