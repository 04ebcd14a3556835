/** What happens when, in order of time; at the same time in the order in which it was put in. */
export class EventQueue<T> {
  readonly #heap: { readonly at: number; readonly turn: number; readonly event: T }[] = [];
  #turn = 0;

  put(at: number, event: T): void {
    const heap = this.#heap;
    heap.push({ at, turn: this.#turn++, event });
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.#before(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  take(): { readonly at: number; readonly event: T } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let i = 0; ;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && this.#before(child, least)) least = child;
      if (least === i) return first;
      this.#swap(i, least);
      i = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [one, two] = [this.#heap[a]!, this.#heap[b]!];
    return one.at < two.at || (one.at === two.at && one.turn < two.turn);
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = kept;
  }
}
