import { join } from 'node:path';
import { readCached, sha256, trimCache, writeCached } from './content-cache.js';

/** What a choice takes on disk is nothing; this is ten thousand layers. */
const mostBytes = 2 ** 20;

/** Which number of threads was fastest for a program on this machine: a file each, which agents of the machine share. */
export class ThreadChoices {
  readonly #folder: string;
  readonly #machine: readonly (string | number)[];

  /** `machine`: all that a measurement depends on besides the program. */
  constructor(cacheDir: string, machine: readonly (string | number)[]) {
    this.#folder = join(cacheDir, 'threads');
    this.#machine = machine;
  }

  /** Undefined where nobody has measured it, or what was written does not read. */
  async get(program: string, most: number): Promise<number | undefined> {
    const found = await readCached(this.#path(program, most));
    const threads = found === undefined ? Number.NaN : Number(new TextDecoder().decode(found));
    return Number.isInteger(threads) && threads >= 1 && threads <= most ? threads : undefined;
  }

  async put(program: string, most: number, threads: number): Promise<void> {
    await writeCached(this.#path(program, most), String(threads));
    await trimCache(this.#folder, mostBytes);
  }

  #path(program: string, most: number): string { return join(this.#folder, sha256(new TextEncoder().encode(JSON.stringify([program, most, ...this.#machine])))); }
}
