/**
 * Gives a list in batches of at most `size`, each with what `load` makes of it; while a batch is worked on the next one is being loaded.
 *
 * A run of the engine holds this thread, so a batch is given only when the reads and decoders of the next are on their way.
 */
export async function* batchesAhead<T, Loaded>(list: readonly T[], size: number, load: (batch: readonly T[]) => Promise<Loaded>): AsyncGenerator<{ readonly batch: readonly T[]; readonly loaded: Loaded; /** Of the list, with this batch. */ readonly share: number }> {
  const at = (start: number): { readonly batch: readonly T[]; readonly loaded: Promise<Loaded> } => {
    const batch = list.slice(start, start + size);
    const loaded = load(batch);
    loaded.catch(() => undefined); // looked at when its turn comes
    return { batch, loaded };
  };
  let next = list.length > 0 ? at(0) : undefined;
  for (let end = 0; next !== undefined;) {
    const { batch } = next;
    const loaded: Loaded = await next.loaded;
    end += batch.length;
    next = end < list.length ? at(end) : undefined;
    await new Promise((resolve) => { setImmediate(resolve); });
    yield { batch, loaded, share: end / list.length };
  }
}
