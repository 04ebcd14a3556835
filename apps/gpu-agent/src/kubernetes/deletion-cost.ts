import type { AgentObserver } from '../supervisor/observer.js';

/** Between two writes while a shard grows older. */
const refreshMs = 60_000;

/**
 * What would be lost with this pod, for `controller.kubernetes.io/pod-deletion-cost`: 0 without work, else 10 and one more
 * for each minute that the shard at hand has taken.
 *
 * Told only when it changes; a write that fails is reported and made up for by the next.
 */
export function deletionCost(next: AgentObserver, options: {
  readonly write: (cost: number) => Promise<void>;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}): { readonly observer: AgentObserver } & Disposable {
  let since: number | undefined;
  let told: number | undefined;
  let writing = Promise.resolve();
  const tell = (): void => {
    const cost = since === undefined ? 0 : 10 + Math.floor((options.now() - since) / 60_000);
    if (cost === told) return;
    told = cost;
    // One after the other: two at once could end in the wrong order.
    writing = writing.then(() => options.write(cost)).catch((error: unknown) => {
      told = undefined;
      options.onError(error);
    });
  };
  const timer = setInterval(tell, refreshMs);
  timer.unref();
  return {
    observer: {
      ...next,
      phase: (phase) => {
        if (phase === 'idle' || phase === 'starting') since = undefined;
        else since ??= options.now();
        tell();
        next.phase(phase);
      },
      shardEnded: (shard) => {
        since = undefined;
        next.shardEnded(shard);
      },
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
