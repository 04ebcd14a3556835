import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type StoreFault =
  | { readonly kind: 'status'; readonly status: 500 | 503 }  // refused, nothing done
  | { readonly kind: 'slow'; readonly ms: number }           // done, and answered late
  | { readonly kind: 'dropped' }                             // done, and the connection reset instead of an answer
  | { readonly kind: 'duplicate' }                           // done twice, the second answer given
  | { readonly kind: 'cut-short' };                          // done, and the answer breaks off in its body

export interface S3Front extends AsyncDisposable {
  readonly port: number;
  /** The next `times` requests get this fault; what was told before comes first. */
  next(fault: StoreFault, times: number): void;
  /** Faults that no request has met yet. */
  readonly pending: number;
  /** Resets every connection while it is true. */
  gone: boolean;
  /** Awaited after the store has taken an object, before the caller hears of it. */
  onStored: (key: string) => Promise<void> | void;
  /** Forgets the faults that no request has met, and is there again. */
  heal(): void;
}

interface Answer { readonly status: number; readonly headers: readonly string[]; readonly body: Buffer }

/**
 * Stands before an S3 server, with its own faults.
 *
 * Requests pass as they are, Host and signature included. Bodies are held whole: it is for small objects.
 */
export async function startS3Front(endpoint: string, host = '127.0.0.1'): Promise<S3Front> {
  const faults: StoreFault[] = [];
  const handle = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = await whole(asked);
    if (front.gone) return void asked.socket.resetAndDestroy();
    const fault = faults.shift();
    if (fault?.kind === 'status') return give(answer, refusal(fault.status));
    let given = await forward(endpoint, asked, body);
    if (fault?.kind === 'duplicate') given = await forward(endpoint, asked, body);
    if (asked.method === 'PUT' && (given.status === 200 || given.status === 412)) await front.onStored(new URL(asked.url ?? '/', endpoint).pathname);
    if (fault?.kind === 'slow') await sleep(fault.ms);
    if (fault?.kind === 'dropped' || front.gone) return void asked.socket.resetAndDestroy();
    if (fault?.kind !== 'cut-short') return give(answer, given);
    answer.writeHead(given.status, [...given.headers]);
    answer.write(given.body.subarray(0, given.body.length >> 1), () => asked.socket.resetAndDestroy());
  };
  const server = createServer((asked, answer) => {
    answer.on('error', () => {});
    handle(asked, answer).catch(() => asked.socket.destroy());
  });
  const front: Omit<S3Front, 'port' | 'pending'> = {
    next: (fault, times) => { for (let i = 0; i < times; i++) faults.push(fault); },
    gone: false,
    onStored: () => {},
    heal: () => {
      faults.length = 0;
      front.gone = false;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(0, host, resolve); });
  return Object.defineProperties(front as S3Front, {
    port: { value: (server.address() as AddressInfo).port },
    pending: { get: () => faults.length },
  });
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function forward(endpoint: string, asked: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(endpoint);
    const onwards = request({ hostname, port, method: asked.method, path: asked.url, headers: asked.rawHeaders, agent: false }, (answer) => {
      whole(answer).then((given) => resolve({ status: answer.statusCode ?? 502, headers: answer.rawHeaders, body: given }), reject);
    });
    onwards.once('error', reject);
    onwards.end(body);
  });
}

function give(answer: ServerResponse, { status, headers, body }: Answer): void {
  answer.writeHead(status, [...headers]);
  answer.end(body);
}

function refusal(status: 500 | 503): Answer {
  const [code, message] = status === 500 ? ['InternalError', 'We encountered an internal error.'] : ['SlowDown', 'Please reduce your request rate.'];
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
  return { status, headers: ['Content-Type', 'application/xml', 'Content-Length', String(body.length)], body };
}
