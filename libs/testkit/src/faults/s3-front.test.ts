import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startS3Front, type S3Front } from './s3-front.js';

/** Keeps what is put, refuses a key that it has, and writes down what it was asked. */
let store: Server;
let asked: string[];
let front: S3Front;

beforeEach(async () => {
  asked = [];
  const objects = new Map<string, string>();
  store = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => { body += piece.toString(); });
    request.on('end', () => {
      const url = request.url ?? '';
      asked.push(`${request.method} ${url} ${request.headers.host} ${body}`);
      if (request.method === 'PUT') {
        response.writeHead(objects.has(url) ? 412 : 200).end();
        objects.set(url, body);
      } else response.writeHead(200).end(objects.get(url));
    });
  }).listen(0, '127.0.0.1');
  await once(store, 'listening');
  front = await startS3Front(`http://127.0.0.1:${(store.address() as AddressInfo).port}`);
});

afterEach(async () => {
  await front[Symbol.asyncDispose]();
  store.closeAllConnections();
  store.close();
});

const put = (key: string): Promise<number> => fetch(`http://127.0.0.1:${front.port}/b/${key}`, { method: 'PUT', body: 'bytes' }).then(({ status }) => status);
const get = (key: string): Promise<string> => fetch(`http://127.0.0.1:${front.port}/b/${key}`).then((response) => response.text());

describe('a front of an S3 server', () => {
  it('passes requests as they are, with the host that was signed', async () => {
    expect(await put('x')).toBe(200);
    expect(await get('x')).toBe('bytes');
    expect(asked).toEqual([`PUT /b/x 127.0.0.1:${front.port} bytes`, `GET /b/x 127.0.0.1:${front.port} `]);
  });

  it('refuses as told and as often, and nothing is done', async () => {
    front.next({ kind: 'status', status: 503 }, 1);
    front.next({ kind: 'status', status: 500 }, 1);
    expect([await put('x'), await put('x')]).toEqual([503, 500]);
    expect(asked).toEqual([]);
    expect(await put('x')).toBe(200);
  });

  it('drops the answer to a write that was done', async () => {
    front.next({ kind: 'dropped' }, 1);
    await expect(put('x')).rejects.toThrow();
    expect(await put('x')).toBe(412);
  });

  it('asks twice and gives the second answer', async () => {
    front.next({ kind: 'duplicate' }, 1);
    expect(await put('x')).toBe(412);
    expect(asked).toHaveLength(2);
  });

  it('breaks an answer off in its body', async () => {
    await put('x');
    front.next({ kind: 'cut-short' }, 1);
    await expect(get('x')).rejects.toThrow();
    expect(await get('x')).toBe('bytes');
  });

  it('is gone until it is there again', async () => {
    front.gone = true;
    await expect(put('x')).rejects.toThrow();
    front.heal();
    expect(await put('x')).toBe(200);
  });

  it('tells of an object that is stored before the caller hears of it', async () => {
    const told: string[] = [];
    front.onStored = (key) => { told.push(key); };
    await put('x');
    expect(told).toEqual(['/b/x']);
  });
});
