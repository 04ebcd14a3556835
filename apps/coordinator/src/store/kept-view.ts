/** Something that is read again when it is older than a caller may bear; those who ask meanwhile share one reading. */
export interface KeptView<T> {
  /** At most `maxAgeMs` old, or read after the last `forget`. */
  get(maxAgeMs: number): Promise<T>;
  /** What was read before is of no use any more: this process has changed it. */
  forget(): void;
}

export function keptView<T>(read: () => Promise<T>, now: () => number): KeptView<T> {
  let kept: { readonly view: T; readonly at: number; readonly turn: number } | undefined;
  let reading: { readonly view: Promise<T>; readonly turn: number } | undefined;
  let turn = 0;
  return {
    forget: () => { turn++; },
    get: async (maxAgeMs) => {
      if (kept !== undefined && kept.turn === turn && now() - kept.at <= maxAgeMs) return kept.view;
      if (reading?.turn !== turn) {
        const [at, began] = [now(), turn];
        const view = read().then((found) => {
          kept = { view: found, at, turn: began };
          return found;
        }).finally(() => { if (reading?.view === view) reading = undefined; });
        reading = { view, turn };
      }
      return reading.view;
    },
  };
}
