import { Counter } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { boundedLabel } from './bounded-label.js';
import { createRegistry } from './create-registry.js';
import { parseHostPort } from './parse-host-port.js';
import { serveOperations, type Operations, type OperationsOptions } from './serve-operations.js';

const open: Operations[] = [];
afterEach(async () => { for (const server of open.splice(0)) await server[Symbol.asyncDispose](); });

async function start(options: Partial<OperationsOptions> = {}): Promise<string> {
  const server = await serveOperations({
    listen: { host: '127.0.0.1', port: 0 }, registry: createRegistry({ component: 'test', version: '1.2.3' }), live: () => undefined, ready: () => undefined, ...options,
  });
  open.push(server);
  return `http://127.0.0.1:${server.port}`;
}

describe('serveOperations', () => {
  it('gives the metrics of the registry in the text format of Prometheus', async () => {
    const registry = createRegistry({ component: 'test', version: '1.2.3' });
    new Counter({ name: 'neuronatlas_things_total', help: 'Things.', registers: [registry] }).inc(3);
    const response = await fetch(`${await start({ registry })}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const lines = (await response.text()).split('\n');
    expect(lines).toContain('neuronatlas_things_total 3');
    expect(lines).toContain('neuronatlas_build_info{component="test",version="1.2.3"} 1');
  });

  it('says whether the process lives and may be given work, with the reason where not', async () => {
    const problem: { live?: string; ready?: string } = {};
    const url = await start({ live: () => problem.live, ready: async () => problem.ready });
    const ask = async (path: string): Promise<[number, string]> => {
      const response = await fetch(url + path);
      return [response.status, await response.text()];
    };
    expect(await ask('/livez')).toEqual([200, 'ok\n']);
    expect(await ask('/readyz')).toEqual([200, 'ok\n']);
    problem.ready = 'the database does not answer';
    expect(await ask('/livez')).toEqual([200, 'ok\n']);
    expect(await ask('/readyz')).toEqual([503, 'the database does not answer\n']);
    problem.live = 'the engine will not start';
    expect(await ask('/livez')).toEqual([503, 'the engine will not start\n']);
    expect(await ask('/readyz')).toEqual([503, 'the engine will not start\n']);
  });

  it('answers 500 where a question cannot be answered, and goes on', async () => {
    const url = await start({ ready: () => Promise.reject(new Error('no answer')) });
    expect((await fetch(`${url}/readyz`)).status).toBe(500);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('offers nothing else', async () => {
    const url = await start();
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405);
  });

  it('names the address that is taken', async () => {
    const { port } = new URL(await start());
    await expect(start({ listen: { host: '127.0.0.1', port: Number(port) } })).rejects.toMatchObject({ code: 'TELEMETRY_CANNOT_LISTEN', message: expect.stringContaining(`127.0.0.1:${port}`) as unknown });
  });
});

describe('createRegistry', () => {
  it('holds no name that breaks the conventions: counters, and only they, end in _total', async () => {
    for (const { name, type } of await createRegistry({ component: 'test', version: '1' }).getMetricsAsJSON()) {
      expect(name.endsWith('_total'), name).toBe((type as unknown) === 'counter');
    }
  });
});

describe('parseHostPort', () => {
  it.each<[string, string, number]>([['127.0.0.1:9464', '127.0.0.1', 9464], ['[::]:1', '::', 1], ['localhost:0', 'localhost', 0]])('reads %s', (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
  });

  it.each(['', '9464', ':9464', 'host', 'host:99999', 'a b:1', '::1:5'])('refuses "%s"', (text) => {
    expect(() => parseHostPort(text)).toThrow(expect.objectContaining({ code: 'TELEMETRY_BAD_ADDRESS' }));
  });
});

describe('boundedLabel', () => {
  it('keeps the values it knows and calls what comes later other', () => {
    const label = boundedLabel(2);
    expect(['a', 'b', 'a', 'c', 'b', 'd'].map(label)).toEqual(['a', 'b', 'a', 'other', 'b', 'other']);
  });
});
