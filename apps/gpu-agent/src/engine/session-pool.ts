// Neighbouring shards are of one layer; a second session bridges the change from one layer to the next. More would hold
// memory that a large batch wants.
const kept = 2;

/** Programs that are loaded, of any kind, by content; the least recently used is closed first. */
export class SessionPool implements AsyncDisposable {
  /** In order of last use. */
  readonly #open = new Map<string, AsyncDisposable>();

  /** One key stands for one kind of program. One that is to be `alone` is so large that no other stays open beside it. */
  async get<T extends AsyncDisposable>(key: string, open: () => Promise<T>, alone = false): Promise<T> {
    let opened = this.#open.get(key) as T | undefined;
    if (opened === undefined) {
      // Room first: two large sessions and a third on its way may be more than the device has.
      while (this.#open.size >= (alone ? 1 : kept)) await this.#close(this.#open.keys().next().value!);
      opened = await open();
    }
    this.#open.delete(key);
    this.#open.set(key, opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const key of [...this.#open.keys()]) await this.#close(key);
  }

  async #close(key: string): Promise<void> {
    const opened = this.#open.get(key)!;
    this.#open.delete(key);
    await opened[Symbol.asyncDispose]();
  }
}
