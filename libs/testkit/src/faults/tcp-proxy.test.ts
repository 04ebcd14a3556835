import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, describe, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** Says back what it hears, behind a proxy. */
let server: Server;
let proxy: TcpProxy;
const callers: Socket[] = [];

beforeEach(async () => {
  server = createServer((socket) => { socket.on('error', () => {}).pipe(socket); }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startTcpProxy(() => [{ host: '127.0.0.1', port: 1 }, { host: '127.0.0.1', port: (server.address() as AddressInfo).port }]);
});

afterEach(async () => {
  for (const caller of callers.splice(0)) caller.destroy();
  await proxy[Symbol.asyncDispose]();
  server.close();
});

async function call() {
  const socket = connect(proxy.port, '127.0.0.1');
  callers.push(socket);
  let heard = '';
  let ended: string | undefined;
  socket.on('data', (piece) => { heard += piece.toString(); });
  socket.on('error', (error: NodeJS.ErrnoException) => { ended = error.code; });
  socket.on('close', () => { ended ??= 'closed'; });
  await once(socket, 'connect').catch(() => undefined);
  const until = async (met: () => boolean): Promise<void> => { while (!met()) await sleep(5); };
  return { socket, say: (text: string) => socket.write(text), heard: () => heard, hears: (text: string) => until(() => heard === text), ends: () => until(() => ended !== undefined).then(() => ended) };
}

describe('a proxy that misbehaves', () => {
  it('passes everything both ways to the first server that answers, and ends with either side', async () => {
    const caller = await call();
    const long = 'x'.repeat(300_000);
    caller.say(long);
    await caller.hears(long);
    caller.socket.end();
    expect(await caller.ends()).toBe('closed');
  });

  it('cuts what stands', async () => {
    const caller = await call();
    caller.say('a');
    await caller.hears('a');
    proxy.cut();
    expect(await caller.ends()).toBe('ECONNRESET');
    const next = await call();
    next.say('b');
    await next.hears('b');
  });

  it('holds one way and loses nothing', async () => {
    const caller = await call();
    caller.say('a');
    await caller.hears('a');
    proxy.hold('up');
    caller.say('b');
    await sleep(100);
    expect(caller.heard()).toBe('a');
    proxy.release();
    await caller.hears('ab');
  });

  it('delays', async () => {
    const caller = await call();
    proxy.delay(150);
    const begun = performance.now();
    caller.say('a');
    await caller.hears('a');
    expect(performance.now() - begun).toBeGreaterThan(290);
  });

  it('swallows one way while the connection stands, and resets it when it heals', async () => {
    const caller = await call();
    proxy.swallow('down');
    caller.say('a');
    await sleep(100);
    expect([caller.heard(), caller.socket.destroyed]).toEqual(['', false]);
    proxy.heal();
    expect(await caller.ends()).toBe('ECONNRESET');
  });

  it('truncates after so many bytes', async () => {
    const caller = await call();
    proxy.truncate(3);
    caller.say('abcdef');
    expect(await caller.ends()).toBe('ECONNRESET');
    expect(caller.heard()).toBe('');
  });

  it('refuses until it heals', async () => {
    proxy.refuse();
    expect(await (await call()).ends()).toBe('ECONNRESET');
    proxy.heal();
    const caller = await call();
    caller.say('a');
    await caller.hears('a');
  });
});
