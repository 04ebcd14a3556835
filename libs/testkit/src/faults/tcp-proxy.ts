import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** `up`: from the caller to the server. */
export type Direction = 'up' | 'down';

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Every piece of data waits so long, both ways, from now on. */
  delay(ms: number): void;
  /** All connections end at once, with a reset. */
  cut(): void;
  /** What goes this way vanishes while the connection stands, until `heal`; the connections that lost something are reset then. */
  swallow(direction: Direction): void;
  /** What goes this way waits here until `release`; nothing of it is lost. */
  hold(direction: Direction): void;
  release(): void;
  /** After so many more bytes, either way, the connection that carries the last of them is reset. */
  truncate(bytes: number): void;
  /** New connections are reset, and the standing ones cut, until `heal`. */
  refuse(): void;
  /** Ends every fault that lasts. */
  heal(): void;
}

export interface Target { readonly host: string; readonly port: number }

/**
 * A TCP proxy that can be told to misbehave.
 *
 * `targets` is asked at each connection; the first that takes it gets it, as a load balancer would have it.
 */
export async function startTcpProxy(targets: () => readonly Target[], host = '127.0.0.1'): Promise<TcpProxy> {
  const link: Link = { delayMs: 0, swallowed: new Set(), held: new Map(), budget: undefined, refusing: false };
  const pairs = new Set<Pair>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => {
    caller.on('error', () => caller.destroy());
    if (link.refusing) return void caller.resetAndDestroy();
    void reach(targets()).then((served) => {
      if (served === undefined) return void caller.resetAndDestroy();
      const pair = new Pair(caller, served, link);
      pairs.add(pair);
      void pair.closed.then(() => pairs.delete(pair));
    });
  });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(0, host, resolve); });
  const cut = (): void => { for (const pair of pairs) pair.reset(); };
  const release = (): void => {
    for (const held of link.held.values()) held.open();
    link.held.clear();
  };
  return {
    port: (server.address() as AddressInfo).port,
    delay: (ms) => { link.delayMs = ms; },
    cut,
    swallow: (direction) => { link.swallowed.add(direction); },
    hold: (direction) => { if (!link.held.has(direction)) link.held.set(direction, gate()); },
    release,
    truncate: (bytes) => { link.budget = bytes; },
    refuse: () => {
      link.refusing = true;
      cut();
    },
    heal: () => {
      Object.assign(link, { delayMs: 0, budget: undefined, refusing: false });
      link.swallowed.clear();
      release();
      for (const pair of pairs) if (pair.lossy) pair.reset();
    },
    async [Symbol.asyncDispose]() {
      release();
      cut();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

interface Gate { readonly opened: Promise<void>; open(): void }

interface Link {
  delayMs: number;
  readonly swallowed: Set<Direction>;
  readonly held: Map<Direction, Gate>;
  budget: number | undefined;
  refusing: boolean;
}

function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => { open = resolve; });
  return { opened, open };
}

async function reach(targets: readonly Target[]): Promise<Socket | undefined> {
  for (const { host, port } of targets) {
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (connected) return socket;
  }
  return undefined;
}

/** A caller's connection and ours to the server. */
class Pair {
  readonly closed: Promise<unknown>;
  lossy = false;
  readonly #sockets: readonly [Socket, Socket];
  readonly #link: Link;

  constructor(caller: Socket, served: Socket, link: Link) {
    this.#sockets = [caller, served];
    this.#link = link;
    for (const socket of this.#sockets) socket.on('error', () => this.reset());
    this.closed = Promise.all(this.#sockets.map((socket) => new Promise((resolve) => { socket.once('close', resolve); })));
    this.#pump(caller, served, 'up');
    this.#pump(served, caller, 'down');
  }

  reset(): void { for (const socket of this.#sockets) socket.resetAndDestroy(); }

  /** One piece at a time: the next is read when this one has passed. */
  #pump(from: Socket, to: Socket, direction: Direction): void {
    let passing = Promise.resolve();
    from.on('data', (piece: Buffer) => {
      from.pause();
      passing = passing.then(() => this.#pass(piece, to, direction)).then(() => { from.resume(); });
    });
    from.on('end', () => { void passing.then(() => to.end()); });
    from.on('close', () => { void passing.then(() => to.destroy()); });
  }

  async #pass(piece: Buffer, to: Socket, direction: Direction): Promise<void> {
    const link = this.#link;
    if (link.delayMs > 0) await sleep(link.delayMs);
    await link.held.get(direction)?.opened;
    if (to.destroyed) return;
    if (link.swallowed.has(direction)) {
      this.lossy = true;
      return;
    }
    if (link.budget !== undefined && piece.length >= link.budget) {
      const last = piece.subarray(0, link.budget);
      link.budget = undefined;
      to.write(last, () => this.reset());
      return;
    }
    if (link.budget !== undefined) link.budget -= piece.length;
    if (!to.write(piece)) await new Promise<void>((resolve) => { to.once('drain', resolve).once('close', resolve); });
  }
}
