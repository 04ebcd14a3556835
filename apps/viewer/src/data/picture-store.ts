/** How a picture is found, and the text that names it among all. */
export interface PictureRequest {
  readonly key: string;
  readonly load: () => Promise<Uint8Array | undefined>;
}

/** Pictures asked for at once: two rows of a wall, whose neighbours share a request; more only wait in line. */
const atOnce = 24;
/** Pictures kept: a few screens of a wall; a picture is 10 to 60 kB. */
const kept = 600;

interface Waiting {
  readonly request: PictureRequest;
  readonly turn: number;
  readonly wishes: Set<(url: string | undefined, error?: unknown) => void>;
}

/**
 * Pictures as object URLs, loaded a few at a time, the newest turn of the page first, within it in order: whoever scrolls past never waits for what is gone.
 */
export class PictureStore {
  readonly #urls = new Map<string, string | undefined>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #running = new Map<string, Waiting>();
  /** Wishes of one turn of the page belong together. */
  #turn = 0;
  #isTurnOpen = false;

  /** The picture's URL at once, where it is known. */
  known(key: string): string | undefined { return this.#urls.get(key); }

  /** Calls back with the URL, undefined where there is no picture. Gives a function that withdraws the wish. */
  want(request: PictureRequest, done: (url: string | undefined, error?: unknown) => void): () => void {
    if (this.#urls.has(request.key)) {
      const url = this.#urls.get(request.key);
      this.#urls.delete(request.key);
      this.#urls.set(request.key, url);   // the last used is dropped last
      done(url);
      return () => undefined;
    }
    const running = this.#running.get(request.key);
    if (running !== undefined) {
      running.wishes.add(done);
      return () => { running.wishes.delete(done); };
    }
    const entry = this.#waiting.get(request.key) ?? { request, turn: this.#turn, wishes: new Set() };
    entry.wishes.add(done);
    this.#waiting.set(request.key, entry);
    if (!this.#isTurnOpen) {
      this.#isTurnOpen = true;
      queueMicrotask(() => {
        this.#isTurnOpen = false;
        this.#turn++;
        this.#next();
      });
    }
    return () => {
      entry.wishes.delete(done);
      if (entry.wishes.size === 0 && this.#waiting.get(request.key) === entry) this.#waiting.delete(request.key);
    };
  }

  #next(): void {
    while (this.#running.size < atOnce && this.#waiting.size > 0) {
      const [key, entry] = [...this.#waiting].reduce((first, one) => (one[1].turn > first[1].turn ? one : first));
      this.#waiting.delete(key);
      this.#running.set(key, entry);
      void this.#load(key, entry.request).then(
        (url) => { for (const wish of entry.wishes) wish(url); },
        (error: unknown) => { for (const wish of entry.wishes) wish(undefined, error); },
      ).finally(() => {
        this.#running.delete(key);
        this.#next();
      });
    }
  }

  async #load(key: string, { load }: PictureRequest): Promise<string | undefined> {
    const data = await load();
    const url = data === undefined ? undefined : URL.createObjectURL(new Blob([new Uint8Array(data)], { type: imageType(data) }));
    this.#urls.set(key, url);
    while (this.#urls.size > kept) {
      const [oldest, old] = this.#urls.entries().next().value!;
      this.#urls.delete(oldest);
      if (old !== undefined) URL.revokeObjectURL(old);
    }
    return url;
  }
}

/** By the first bytes: an atlas may mix formats. */
export function imageType(data: Uint8Array): string {
  if (data[0] === 0x89 && data[1] === 0x50) return 'image/png';
  if (data[0] === 0xff && data[1] === 0xd8) return 'image/jpeg';
  return 'image/webp';
}
