import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join } from 'node:path';
import type { BlobStore } from '@neuron-atlas/blobs';
import { isAtlasError } from '@neuron-atlas/errors';
import { errors } from '../errors.js';
import { sendObject } from './send-object.js';

export interface ServeOptions {
  /** 0 takes any that is free. */
  readonly port: number;
  /** index.html of the built page; its other files lie beside it. */
  readonly page: string;
  readonly atlas: BlobStore;
  /** A second atlas, to compare with. */
  readonly other?: BlobStore | undefined;
}

export interface ServedAtlas {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The page and one or two atlases on the loopback address: files by HTTP with ranges, wherever the atlas lies.
 *
 * Only this machine is served, and only under a name of this machine: another site's page cannot reach it by a name of its
 * own. The page may load from here alone. Errors: CLI_PAGE_NOT_BUILT, CLI_PORT_TAKEN.
 */
export async function serveAtlas(options: ServeOptions): Promise<ServedAtlas> {
  const page = await readPage(options.page, options.other !== undefined);
  const server = createServer((request, response) => {
    answer(options, page, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else say(response, statusOf(error), error instanceof Error ? error.message : String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? errors.portTaken({ port: options.port }, error) : error));
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

interface Page { readonly html: Buffer; readonly policy: string }

async function readPage(path: string, compares: boolean): Promise<Page> {
  let text = await readFile(path, 'utf8').catch((error: unknown) => { throw errors.pageNotBuilt({ path }, error); });
  if (compares) text = text.replace('<meta name="neuron-atlas" ', '<meta name="neuron-atlas-with" content="with/"><meta name="neuron-atlas" ');
  // The page is one file with its script inside: the browser runs this script and no other.
  const scripts = [...text.matchAll(/<script type="module">([^]*?)<\/script>/g)].map(([, code]) => `'sha256-${createHash('sha256').update(code ?? '').digest('base64')}'`);
  return {
    html: Buffer.from(text),
    policy: `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${scripts.join(' ')}; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

async function answer(options: ServeOptions, page: Page, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', headers } = request;
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '')) return say(response, 403, 'this server answers to the names of this machine only');
  if (method !== 'GET' && method !== 'HEAD') return say(response, 405, 'this server only reads');
  const path = decodedPath(request.url ?? '/');
  if (path === undefined) return say(response, 400, 'this address is not one');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-cache');
  // Isolated from other sites, a page may use several threads.
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-embedder-policy', 'require-corp');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  if (path === '/' || path === '/index.html') {
    response.setHeader('content-security-policy', page.policy);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('content-length', page.html.length);
    response.end(method === 'HEAD' ? undefined : page.html);
    return;
  }
  const asset = /^\/assets\/([\w.-]+)$/.exec(path)?.[1];
  if (asset !== undefined) return sendAsset(join(dirname(options.page), 'assets', asset), method, response);
  for (const [prefix, store] of [['/atlas/', options.atlas], ['/with/', options.other]] as const) {
    if (store !== undefined && path.startsWith(prefix) && path.length > prefix.length) return sendObject(store, path.slice(prefix.length), request, response);
  }
  say(response, 404, 'there is nothing here');
}

const assetTypes: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css' };

async function sendAsset(path: string, method: string, response: ServerResponse): Promise<void> {
  const data = await readFile(path).catch(() => undefined);
  if (data === undefined) return say(response, 404, 'the page has no such file');
  response.setHeader('content-type', assetTypes[extname(path)] ?? 'application/octet-stream');
  response.setHeader('content-length', data.length);
  response.end(method === 'HEAD' ? undefined : data);
}

function decodedPath(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
}

function statusOf(error: unknown): number {
  if (!isAtlasError(error)) return 500;
  return { NOT_FOUND: 404, INVALID_ARGUMENT: 400, OUT_OF_RANGE: 416, PERMISSION_DENIED: 403 }[error.grpc as string] ?? 500;
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
