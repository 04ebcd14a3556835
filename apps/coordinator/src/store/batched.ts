/**
 * Gives calls that come together to `run` as one batch; its results are in their order.
 *
 * A call that comes alone runs at once, or, where calls are gathered, after `gatherMs`, with those that come until then. While `lanes` batches are
 * under way, those that come make up the next one, of at most `most`. Where a batch fails, each of its calls is run by itself, and fails for itself.
 */
export function batched<In, Out>(run: (calls: readonly In[]) => Promise<readonly Out[]>, { lanes, most, gatherMs = 0 }: { readonly lanes: number; readonly most: number; readonly gatherMs?: number }): (call: In) => Promise<Out> {
  interface Waiting { readonly call: In; readonly resolve: (out: Out) => void; readonly reject: (error: unknown) => void }
  const waiting: Waiting[] = [];
  let running = 0;
  let gathering = false;
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
      void runBatch(waiting.splice(0, most)).finally(() => {
        running--;
        start();
      });
    }
  };
  return (call) => new Promise((resolve, reject) => {
    waiting.push({ call, resolve, reject });
    if (gatherMs === 0 || waiting.length >= most) return start();
    if (gathering) return;
    gathering = true;
    setTimeout(() => {
      gathering = false;
      start();
    }, gatherMs);
  });
}
