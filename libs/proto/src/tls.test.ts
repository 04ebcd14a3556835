import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createChannel, createClient, createServer, type Channel, type Server } from 'nice-grpc';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SweepServiceDefinition, type ListSweepsResponse } from './gen/neuron_atlas.js';
import { channelCredentials, serverCredentials, tlsFiles, type TlsFiles } from './tls.js';

const folder = mkdtempSync(join(tmpdir(), 'tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const openssl = (...args: string[]): void => { execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' }); };

function authority(name: string): void {
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);
}

/** A certificate of an authority for a subject and, for servers, a host. */
function certificate(name: string, by: string, subject: string): TlsFiles {
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${subject}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
  writeFileSync(join(folder, `${name}.ext`), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', '1', '-extfile', `${name}.ext`, '-out', `${name}.crt`);
  return { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`), ca: join(folder, `${by}.crt`) };
}

let files: Record<'server' | 'client' | 'renewed' | 'stranger', TlsFiles>;
beforeAll(() => {
  authority('ours');
  authority('theirs');
  files = {
    server: certificate('server', 'ours', 'coordinator'), client: certificate('client', 'ours', 'agent'),
    renewed: certificate('renewed', 'ours', 'coordinator'), stranger: certificate('stranger', 'theirs', 'agent'),
  };
});

const open: (Server | Channel)[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) {
    if ('close' in each) each.close();
    else each.forceShutdown();
  }
});

async function serving(by: TlsFiles, refreshMs?: number): Promise<number> {
  const server = createServer();
  const answer = async (): Promise<ListSweepsResponse> => ({ sweeps: [] });
  server.add(SweepServiceDefinition, new Proxy({}, { get: () => answer }) as never);
  open.push(server);
  return server.listen('127.0.0.1:0', serverCredentials(by, refreshMs));
}

function call(port: number, by?: TlsFiles): Promise<ListSweepsResponse> {
  const channel = createChannel(`localhost:${port}`, by === undefined ? undefined : channelCredentials(by));
  open.push(channel);
  return createClient(SweepServiceDefinition, channel).listSweeps({}, { signal: AbortSignal.timeout(5_000) });
}

describe('mutual TLS', () => {
  it('lets a client in that shows a certificate of the authority', async () => {
    expect(await call(await serving(files.server), files.client)).toMatchObject({ sweeps: [] });
  });

  it('refuses a client without a certificate, without TLS, and with one of another authority', async () => {
    const port = await serving(files.server);
    await expect(call(port)).rejects.toThrow();
    await expect(call(port, files.stranger)).rejects.toThrow();
    await expect(call(port, { ...files.stranger, ca: files.client.ca })).rejects.toThrow();
    expect(await call(port, files.client)).toMatchObject({ sweeps: [] });
  });

  it('does not let a client be taken in by a server of another authority', async () => {
    await expect(call(await serving({ ...files.stranger, ca: files.client.ca }), files.client)).rejects.toThrow();
  });

  it('serves a renewed certificate without a restart', async () => {
    const own: TlsFiles = { cert: join(folder, 'own.crt'), key: join(folder, 'own.key'), ca: files.server.ca };
    const place = (from: TlsFiles): void => {
      copyFileSync(from.key, own.key);
      copyFileSync(from.cert, own.cert);
    };
    place(files.server);
    const port = await serving(own, 50);
    // Not in this thread: it is the one that serves.
    const shown = async (): Promise<string> => (await promisify(execFile)('sh', ['-c',
      `openssl s_client -connect 127.0.0.1:${port} -cert ${files.client.cert} -key ${files.client.key} </dev/null 2>/dev/null | openssl x509 -noout -serial`], { timeout: 10_000 })).stdout;
    expect(await call(port, files.client)).toBeDefined();
    const before = await shown();
    place(files.renewed);
    await expect.poll(shown, { timeout: 20_000, interval: 200 }).not.toBe(before);
    expect(await call(port, files.client)).toMatchObject({ sweeps: [] });
  }, 60_000);
});

describe('tlsFiles', () => {
  it('is nothing where nothing is given, and says what is missing where only a part is', () => {
    expect(tlsFiles({})).toBeUndefined();
    expect(tlsFiles({ cert: '', key: undefined })).toBeUndefined();
    expect(() => tlsFiles({ cert: 'a', ca: 'b' })).toThrow(expect.objectContaining({ code: 'PROTO_TLS_INCOMPLETE', details: { missing: ['--tls-key'] } }));
    expect(tlsFiles(files.server)).toEqual(files.server);
  });

  it('names the file that is not there, is no certificate, or is the key of another', () => {
    expect(() => tlsFiles({ ...files.server, ca: join(folder, 'none.crt') })).toThrow(expect.objectContaining({ code: 'PROTO_TLS_UNUSABLE', details: { file: join(folder, 'none.crt'), reason: expect.stringContaining('ENOENT') as unknown } }));
    expect(() => tlsFiles({ ...files.server, ca: files.server.key })).toThrow(expect.objectContaining({ code: 'PROTO_TLS_UNUSABLE', details: { file: files.server.key, reason: 'it holds no certificate' } }));
    expect(() => tlsFiles({ ...files.server, key: files.client.key })).toThrow(expect.objectContaining({ code: 'PROTO_TLS_UNUSABLE', details: { file: files.client.key, reason: expect.any(String) as unknown } }));
  });
});
