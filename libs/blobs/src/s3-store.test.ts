import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkWritable, openStore } from './index.js';

// What a real server cannot be made to do on demand: each test writes down the answers and gets the requests.
// The contract itself runs against a real server, in s3-store.s3.test.ts.
type Answer = (response: ServerResponse) => void;
const ok = (body = '', headers: Record<string, string> = {}): Answer => (response) => { response.writeHead(200, headers).end(body); };
const status = (code: number, name: string): Answer => (response) => {
  response.writeHead(code, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${name}</Code><Message>made up</Message></Error>`);
};
const bare = (code: number): Answer => (response) => { response.writeHead(code).end(); };
const cut: Answer = (response) => {
  response.writeHead(200, { 'content-length': '10' });
  response.write('12345', () => response.destroy());
};

const servers: Server[] = [];
beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});
afterAll(() => {
  vi.unstubAllEnvs();
  for (const server of servers) server.close();
});

async function scripted(...answers: readonly Answer[]): Promise<{ endpoint: string; requests: string[] }> {
  const requests: string[] = [];
  const left = [...answers];
  const server = createServer((request: IncomingMessage, response) => {
    requests.push(`${request.method ?? ''} ${(request.url ?? '').replace(/\?.*/, '')}${request.headers['if-none-match'] === undefined ? '' : ' if absent'}`);
    request.resume().on('end', () => (left.shift() ?? status(400, 'NothingLeftToAnswer'))(response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
const store = (endpoint: string): ReturnType<typeof openStore> => openStore('s3://bucket/pre/fix', { endpoint });
const one = Uint8Array.of(1);

describe('a conditional put to S3', () => {
  it('is tried again while another one is under way', async () => {
    const { endpoint, requests } = await scripted(status(409, 'ConditionalRequestConflict'), status(409, 'ConditionalRequestConflict'), ok());
    expect(await (await store(endpoint)).put('x', one, { ifAbsent: true })).toBe('written');
    expect(requests).toEqual(Array(3).fill('PUT /bucket/pre/fix/x if absent'));
  });

  it('says that the object existed', async () => {
    const { endpoint, requests } = await scripted(status(412, 'PreconditionFailed'));
    expect(await (await store(endpoint)).put('x', one, { ifAbsent: true })).toBe('existed');
    expect(requests).toHaveLength(1);
  });

  it('looks for itself where the server knows no condition', async () => {
    const absent = await scripted(status(501, 'NotImplemented'), bare(404), ok());
    expect(await (await store(absent.endpoint)).put('x', one, { ifAbsent: true })).toBe('written');
    expect(absent.requests).toEqual(['PUT /bucket/pre/fix/x if absent', 'HEAD /bucket/pre/fix/x', 'PUT /bucket/pre/fix/x']);
    const there = await scripted(status(501, 'NotImplemented'), ok('', { 'content-length': '1' }));
    expect(await (await store(there.endpoint)).put('x', one, { ifAbsent: true })).toBe('existed');
  });
});

describe('S3 on a bad day', () => {
  it('is asked again while it is overloaded', async () => {
    const { endpoint, requests } = await scripted(status(503, 'SlowDown'), status(500, 'InternalError'), ok('abc'));
    expect(Buffer.from(await (await store(endpoint)).get('x')).toString()).toBe('abc');
    expect(requests).toHaveLength(3);
  });

  it('is asked again when its answer breaks off in the middle', async () => {
    const { endpoint, requests } = await scripted(cut, ok('1234567890'));
    expect(Buffer.from(await (await store(endpoint)).get('x')).toString()).toBe('1234567890');
    expect(requests).toHaveLength(2);
  });

  it('is unreachable when it stays so', async () => {
    const { endpoint, requests } = await scripted(...Array<Answer>(9).fill(status(503, 'SlowDown')));
    await expect((await store(endpoint)).put('x', one)).rejects.toMatchObject({
      code: 'BLOBS_UNREACHABLE', message: 'could not write x in s3://bucket/pre/fix: SlowDown: made up (HTTP 503)',
    });
    expect(requests).toHaveLength(4);
  });

  it('stops waiting when the caller does', async () => {
    const { endpoint } = await scripted(() => undefined);
    const stop = new AbortController();
    const get = (await store(endpoint)).get('x', undefined, stop.signal);
    setTimeout(() => { stop.abort(new Error('stopped')); }, 100);
    await expect(get).rejects.toThrow('stopped');
  });

  it.each([
    [403, 'AccessDenied', 'BLOBS_DENIED', 'not allowed to write s3://bucket/pre/fix: AccessDenied: made up (HTTP 403)'],
    [403, 'InvalidAccessKeyId', 'BLOBS_DENIED', 'not allowed to write s3://bucket/pre/fix: InvalidAccessKeyId: made up (HTTP 403)'],
    [404, 'NoSuchBucket', 'BLOBS_NOT_FOUND', 'the bucket of s3://bucket/pre/fix does not exist'],
    [400, 'EntityTooLarge', 'BLOBS_NOT_WRITABLE', 'cannot write s3://bucket/pre/fix: EntityTooLarge: made up (HTTP 400)'],
  ])('says what a status of %d %s means for an output', async (code, name, expected, message) => {
    const { endpoint } = await scripted(...Array<Answer>(4).fill(status(code, name)));
    await expect(checkWritable(await store(endpoint))).rejects.toMatchObject({ code: expected, message });
  });
});

describe('openStore', () => {
  it.each(['s3://', 's3://Bucket/x', 's3://ab', 's3://bucket/../x', 's3://bucket//x', 's3://bucket/x?versionId=1'])('refuses %s', async (url) => {
    await expect(openStore(url)).rejects.toMatchObject({ code: 'BLOBS_BAD_URL', details: { url } });
  });
});
