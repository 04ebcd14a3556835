/** How calls make up batches. */
export interface Batching {
  /** Batches that may be under way at once. */
  readonly lanes: number;
  readonly most: number;
  /** How long a call waits for others, in milliseconds. */
  readonly gatherMs?: number;
  /** Whether it waits where calls have come one by one, too. @default false */
  readonly alwaysGather?: boolean;
}

/**
 * Gives calls that come together to `run` as one batch; its results are in their order.
 *
 * A call that comes alone runs at once. While `lanes` batches are under way, those that come make up the next one, of at most `most`; and once a batch had
 * several, the next call waits `gatherMs` for others: where there were many a moment ago, there are more. Where a batch fails, each of its calls is run by
 * itself, and fails for itself.
 */
export function batched<In, Out>(run: (calls: readonly In[]) => Promise<readonly Out[]>, { lanes, most, gatherMs = 0, alwaysGather = false }: Batching): (call: In) => Promise<Out> {
  interface Waiting { readonly call: In; readonly resolve: (out: Out) => void; readonly reject: (error: unknown) => void }
  const waiting: Waiting[] = [];
  let running = 0;
  let gathering = false;
  let together = alwaysGather;
  const alone = async ({ call, resolve, reject }: Waiting): Promise<void> => {
    try {
      resolve((await run([call]))[0]!);
    } catch (error) {
      reject(error);
    }
  };
  const runBatch = async (batch: readonly Waiting[]): Promise<void> => {
    if (batch.length === 1) return alone(batch[0]!);
    let results: readonly Out[];
    try {
      results = await run(batch.map(({ call }) => call));
    } catch {
      await Promise.all(batch.map(alone));
      return;
    }
    for (const [i, { resolve }] of batch.entries()) resolve(results[i]!);
  };
  const start = (): void => {
    while (running < lanes && waiting.length > 0) {
      running++;
      const batch = waiting.splice(0, most);
      together = alwaysGather || batch.length > 1;
      void runBatch(batch).finally(() => {
        running--;
        start();
      });
    }
  };
  return (call) => new Promise((resolve, reject) => {
    waiting.push({ call, resolve, reject });
    if (gatherMs === 0 || !together || waiting.length >= most) return start();
    if (gathering) return;
    gathering = true;
    setTimeout(() => {
      gathering = false;
      start();
    }, gatherMs);
  });
}
