import { createPartialAtlas, indexPath, partialPrefix } from '@neuron-atlas/atlas';
import type { BlobStore } from '@neuron-atlas/blobs';
import type { SweepServiceClient, SweepStatus } from '@neuron-atlas/proto';
import type { SweepPlan } from '@neuron-atlas/spec';

export interface ShowOptions {
  readonly sweeps: Pick<SweepServiceClient, 'getManifest'>;
  readonly sweepId: string;
  readonly plan: SweepPlan;
  readonly store: BlobStore;
  /** Milliseconds, from any origin. */
  readonly now: () => number;
  readonly note: (line: string) => void;
}

/** Keeps the index of an atlas up to date that is still being made, so that `view` shows what is there. */
export interface Showing {
  /** Looks whether there is something new to show; never waits for it. */
  update(status: SweepStatus): void;
  /** Waits for what is under way. With `remove` the index goes: the atlas has its own now. */
  end(remove: boolean): Promise<void>;
}

const leastPauseMs = 3_000;
/** The index takes at most this part of the time: a large one is written more rarely. */
const shareOfTime = 0.05;

/**
 * Follows a sweep into `partial/` of its output. It is a courtesy to people who look: where it cannot be written that is
 * said once, and the sweep goes on.
 */
export function showWhileSweeping({ sweeps, sweepId, plan, store, now, note }: ShowOptions): Showing {
  const partial = createPartialAtlas({ plan, store });
  const stop = new AbortController();
  let underWay: Promise<void> | undefined;
  let shown = -1;
  let nextAt = -Infinity;
  let isGivenUp = false;

  const show = async (): Promise<void> => {
    const begun = now();
    try {
      const { objects } = await sweeps.getManifest({ sweepId }, { signal: stop.signal });
      await partial.update(objects.map((object) => ({ ...object, bytes: Number(object.bytes), rows: Number(object.rows) })), stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return;
      isGivenUp = true;
      note(`the viewer cannot show this sweep before its end: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      nextAt = now() + Math.max(leastPauseMs, (now() - begun) / shareOfTime);
      underWay = undefined;
    }
  };

  return {
    update({ stages }) {
      const done = stages.reduce((sum, { shardsDone }) => sum + shardsDone, 0);
      if (isGivenUp || underWay !== undefined || done === shown || now() < nextAt) return;
      shown = done;
      underWay = show();
    },
    async end(remove) {
      stop.abort();
      await underWay;
      if (remove) await removePartial(store, plan);
    },
  };
}

/** Takes away what a sweep left to show while it ran; costs one question where there is nothing. */
export async function removePartial(store: BlobStore, plan: SweepPlan, signal?: AbortSignal): Promise<void> {
  if ((await store.stat(`${partialPrefix}${indexPath}`, signal)) !== undefined) await createPartialAtlas({ plan, store }).remove(signal);
}
