import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '@neuron-atlas/blobs';
import { rangeOf } from './send-object.js';
import { serveAtlas, type ServedAtlas } from './serve-atlas.js';

let folder = '';
let served: ServedAtlas;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-view-'));
  await writeFile(join(folder, 'index.html'), '<meta name="neuron-atlas" content="atlas/"><script type="module">1</script>');
  const atlas = await openStore(join(folder, 'atlas'));
  await atlas.put('units/conv1.parquet', new TextEncoder().encode('0123456789'));
  served = await serveAtlas({ port: 0, page: join(folder, 'index.html'), atlas });
});
afterAll(async () => {
  await served.close();
  await rm(folder, { recursive: true });
});
const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> => fetch(new URL(path, served.url), { headers, method });

describe('serveAtlas', () => {
  it('gives the page, which may load from here and nowhere else', async () => {
    const response = await get('/');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-[\w+/=]+';.*connect-src 'self'/);
    expect(await response.text()).toContain('content="atlas/"');
  });

  it('gives parts of an object', async () => {
    const part = await get('/atlas/units/conv1.parquet', { range: 'bytes=2-4' });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 2-4/10', '234']);
    const whole = await get('/atlas/units/conv1.parquet');
    expect([whole.status, await whole.text()]).toEqual([200, '0123456789']);
    expect((await get('/atlas/units/conv1.parquet', { range: 'bytes=10-' })).status).toBe(416);
    expect((await get('/atlas/units/conv1.parquet', { 'if-none-match': whole.headers.get('etag')! })).status).toBe(304);
    const head = await get('/atlas/units/conv1.parquet', {}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
  });

  it.each(['/atlas/units/conv2.parquet', '/with/atlas.json', '/assets/none.js', '/other'])('has no %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it.each(['/atlas/..%2findex.html', '/atlas/units/..%2f..%2f..%2findex.html', '/atlas/%00', '/atlas/%'])('does not leave the atlas by %s', async (path) => {
    const response = await rawGet(path);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(response.body).not.toContain('script');
  });

  it('only reads, and only for pages of this machine', async () => {
    expect((await get('/', {}, 'POST')).status).toBe(405);
    expect((await rawGet('/', 'example.org')).status).toBe(403);
    expect((await rawGet('/', `localhost:${new URL(served.url).port}`)).status).toBe(200);
  });

  it('says where the page is not built and where the port is taken', async () => {
    const atlas = await openStore(folder);
    await expect(serveAtlas({ port: 0, page: join(folder, 'none.html'), atlas })).rejects.toMatchObject({ code: 'CLI_PAGE_NOT_BUILT' });
    await expect(serveAtlas({ port: Number(new URL(served.url).port), page: join(folder, 'index.html'), atlas })).rejects.toMatchObject({ code: 'CLI_PORT_TAKEN' });
  });

  /** As it is written: fetch would tidy the path. */
  function rawGet(path: string, host = '127.0.0.1'): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: new URL(served.url).port, path, headers: { host } }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => { body += chunk.toString(); });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      }).on('error', reject).end();
    });
  }
});

describe('rangeOf', () => {
  it.each([
    [undefined, undefined], ['bytes=0-0', { start: 0, end: 1 }], ['bytes=5-', { start: 5, end: 10 }], ['bytes=-3', { start: 7, end: 10 }], ['bytes=-30', { start: 0, end: 10 }],
    ['bytes=2-99', { start: 2, end: 10 }], ['bytes=10-12', 'beyond'], ['bytes=-0', 'beyond'], ['bytes=4-2', undefined], ['bytes=0-1,3-4', undefined], ['lines=1-2', undefined], ['bytes=-', undefined],
  ])('%s of 10 bytes', (header, expected) => {
    expect(rangeOf(header, 10)).toEqual(expected);
  });
});
