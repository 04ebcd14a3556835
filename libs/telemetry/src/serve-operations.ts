import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { errors } from './errors.js';
import type { HostPort } from './parse-host-port.js';

export interface OperationsOptions {
  readonly listen: HostPort;
  readonly registry: Registry;
  /** Why the process cannot go on and should be started anew, or nothing. Must not wait for another machine. */
  readonly live: () => string | undefined;
  /** Why no work should be sent to the process at the moment, or nothing. */
  readonly ready: () => string | undefined | Promise<string | undefined>;
}

export interface Operations extends AsyncDisposable {
  readonly port: number;
}

/**
 * Serves `/metrics`, `/livez` and `/readyz` over plain HTTP, for Prometheus and for the probes of an orchestrator.
 *
 * A port of its own: probes stay true where gRPC speaks mutual TLS. It tells nothing secret and changes nothing.
 *
 * Errors: TELEMETRY_CANNOT_LISTEN.
 */
export async function serveOperations(options: OperationsOptions): Promise<Operations> {
  const { listen } = options;
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      response.writeHead(500, plain).end(`${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  // A scraper that never finishes its request must not hold a connection for ever.
  server.requestTimeout = 10_000;
  server.headersTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(errors.cannotListen({ listen: `${listen.host}:${listen.port}`, reason: error.message }, error)));
    server.listen(listen.port, listen.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => { server.close(() => resolve()); });
      server.closeAllConnections();
      await closed;
    },
  };
}

const plain = { 'content-type': 'text/plain; charset=utf-8' };

async function answer({ registry, live, ready }: OperationsOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...plain, allow: 'GET, HEAD' }).end('only GET and HEAD\n');
    return;
  }
  switch (path) {
    case '/metrics': {
      const text = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType }).end(text);
      return;
    }
    case '/livez': return verdict(response, live());
    case '/readyz': return verdict(response, live() ?? await ready());
    default: response.writeHead(404, plain).end('there are /metrics, /livez and /readyz\n');
  }
}

function verdict(response: ServerResponse, problem: string | undefined): void {
  response.writeHead(problem === undefined ? 200 : 503, plain).end(`${problem ?? 'ok'}\n`);
}
