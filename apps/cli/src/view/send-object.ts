import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlobStore } from '@neuron-atlas/blobs';

const types: Readonly<Record<string, string>> = { json: 'application/json', parquet: 'application/vnd.apache.parquet', png: 'image/png', webp: 'image/webp', jpg: 'image/jpeg' };

/** An object of a store, or the one range of it that is asked for, with its ETag. */
export async function sendObject(store: BlobStore, key: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = await store.stat(key);
  if (found === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('the atlas has no such file\n');
    return;
  }
  const etag = `"${found.etag.replaceAll('"', '')}"`;
  response.setHeader('etag', etag);
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('content-type', types[key.slice(key.lastIndexOf('.') + 1)] ?? 'application/octet-stream');
  if (request.headers['if-none-match'] === etag && request.headers.range === undefined) {
    response.writeHead(304).end();
    return;
  }
  const range = rangeOf(request.headers.range, found.bytes);
  if (range === 'beyond') {
    response.writeHead(416, { 'content-range': `bytes */${found.bytes}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: found.bytes };
  response.setHeader('content-length', end - start);
  if (range !== undefined) response.setHeader('content-range', `bytes ${start}-${end - 1}/${found.bytes}`);
  response.statusCode = range === undefined ? 200 : 206;
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.end(await store.get(key, range === undefined ? undefined : { start, end }));
}

/** The bytes [start, end) of a `Range` header: one range; several, or none that can be read, are the whole object (RFC 9110, 14.2). */
export function rangeOf(header: string | undefined, size: number): { readonly start: number; readonly end: number } | 'beyond' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') return Number(last) === 0 || size === 0 ? 'beyond' : { start: Math.max(0, size - Number(last)), end: size };
  if (Number(first) >= size) return 'beyond';
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return { start: Number(first), end: last === '' ? size : Math.min(size, Number(last) + 1) };
}
