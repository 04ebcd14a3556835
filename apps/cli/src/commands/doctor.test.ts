import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AtlasError } from '@neuron-atlas/errors';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Finding } from '../doctor/check.js';
import { fakeOutput, fakeStore, fakeWorld, runCommand, type FakeSetting } from '../fake-world.fixture.js';
import { doctor } from './doctor.js';

const nothing = { coordinator: undefined, operations: undefined, output: undefined, provider: undefined };

/** Findings, and the code of the error at the end if there is one. */
async function examine(options: Partial<typeof nothing> | Readonly<Record<string, string>>, setting: FakeSetting = {}): Promise<{ readonly findings: readonly Finding[]; readonly code: string | undefined; readonly lines: readonly string[]; readonly world: ReturnType<typeof fakeWorld> }> {
  const [out, world] = [fakeOutput(), fakeWorld(setting)];
  const code = await runCommand(doctor, { ...nothing, ...options }, world, out).then(() => undefined, (error: unknown) => (error as AtlasError).code);
  return { findings: out.documents[0] as readonly Finding[], code, lines: out.lines, world };
}
const of = (findings: readonly Finding[], check: string): readonly string[] => findings.filter((finding) => finding.check === check).map(({ verdict, detail }) => `${verdict}: ${detail}`);

describe('doctor', () => {
  it('finds a machine good that can compute on its processors, and does not ask for a card that nobody wants', async () => {
    const { findings, code, lines } = await examine({});
    expect(code).toBeUndefined();
    expect(findings.every(({ verdict }) => verdict === 'good')).toBe(true);
    expect(of(findings, 'provider')).toEqual(['good: cuda does not start: no libcudart; ONNX Runtime has no CUDA files here', 'good: cpu starts']);
    expect(lines[0]).toBe('ok  node         Node 20.19.0, neuron-atlas 0.1.0, onnxruntime-node 1.30.0');
  });

  it('says what a GPU agent lacks: files, card, memory, room', async () => {
    const { findings, code } = await examine({ provider: 'cuda' }, { machine: {
      memoryLimitBytes: 2 ** 30, folders: [{ what: 'cache', path: '/cache', freeBytes: 2 ** 20 }, { what: 'scratch', path: '/scratch', freeBytes: 0, problem: 'EROFS: read-only file system' }],
    } });
    expect(code).toBe('CLI_DOCTOR_FOUND');
    expect(findings.filter(({ verdict }) => verdict === 'bad').map(({ check }) => check)).toEqual(['disk', 'provider', 'gpu']);
    expect(findings.find(({ check, verdict }) => check === 'provider' && verdict === 'bad')?.help).toContain('ONNXRUNTIME_NODE_INSTALL=cuda12');
    expect(of(findings, 'memory')).toEqual(['warning: 1.0 GB by the limit of the container, 4 cores'].map((line) => expect.stringMatching(line.replace('1.0 GB', '1\\.\\d+ GB')) as string));
  });

  it('warns where another program has the card', async () => {
    const { findings, code } = await examine({ provider: 'cuda' }, { machine: {
      cudaFiles: true, providers: [{ name: 'cuda', problem: undefined }], gpus: [{ name: 'NVIDIA H200', memoryMiB: 143_771, usedMiB: 100_000, driver: '575.1' }],
    } });
    expect(code).toBeUndefined();
    expect(of(findings, 'gpu')).toEqual(['warning: NVIDIA H200, 100000 of 143771 MiB used, driver 575.1']);
  });

  it('tries a store as results do, and leaves nothing in it', async () => {
    const { findings, code, world } = await examine({ output: '/results' });
    expect(code).toBeUndefined();
    expect(of(findings, 'output').map((line) => line.replace(/\d+ ms/, 'N ms'))).toEqual([
      'good: writes in N ms', 'good: reads, and reads by range', 'good: keeps an object that is there (If-None-Match)', 'good: deletes',
    ].map((line) => (line.includes('range') ? expect.any(String) as string : line)));
    expect([...world.stores.get('/results')!.objects]).toEqual([]);
  });

  it('names the store that overwrites, and the one that refuses', async () => {
    const careless = fakeWorld();
    const store = fakeStore('/results');
    careless.stores.set('/results', { ...store, put: async (key, data) => { store.objects.set(key, data); return 'written'; } });
    const out = fakeOutput();
    await runCommand(doctor, { ...nothing, output: '/results' }, careless, out).catch(() => undefined);
    expect(of(out.documents[0] as Finding[], 'output')).toContain('warning: overwrites an object that is there: If-None-Match is not honoured');

    const refusing = fakeWorld();
    refusing.stores.set('/results', { ...store, put: () => Promise.reject(new AtlasError({ code: 'BLOBS_DENIED', message: 'access denied', help: 'give rights', grpc: 'PERMISSION_DENIED', details: {} })) });
    await expect(runCommand(doctor, { ...nothing, output: '/results' }, refusing, out)).rejects.toMatchObject({ code: 'CLI_DOCTOR_FOUND', details: { checks: ['output'] } });
  });

  it('tells a name that does not resolve from a coordinator that does not answer, and sees agents of other versions', async () => {
    expect(of((await examine({ coordinator: 'nowhere:7070' })).findings, 'coordinator')).toEqual(['bad: nowhere has no address: ENOTFOUND']);
    const hosts = { coordinator: ['10.0.0.7'] };
    const silent = await examine({ coordinator: 'coordinator:7070' }, { hosts });
    expect(silent.code).toBe('CLI_DOCTOR_FOUND');
    const { findings, code } = await examine({ coordinator: 'coordinator:7070' }, { hosts, sweeps: { listAgents: () => ({ agents: [{ version: '0.1.0 (onnxruntime-node 1.30.0)' }, { version: '0.0.9 (onnxruntime-node 1.29.0)' }] }) } });
    expect(code).toBeUndefined();
    expect(of(findings, 'coordinator')).toEqual(['good: coordinator is 10.0.0.7', expect.stringMatching(/^good: answers in \d+ ms, database included; 2 agents$/), 'warning: agents of other versions: 0.0.9, here is 0.1.0']);
  });

  it('reads probes, and the clock on the other side', async () => {
    const operations = 'http://coordinator:9464';
    const at = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
    const metrics = (version: string, db: number) => ({ [`${operations}/metrics`]: { status: 200, text: `# HELP x\nneuronatlas_build_info{component="coordinator",version="${version}"} 1\nneuronatlas_db_up ${db}\n` } });
    const good = await examine({ operations }, { pages: { [`${operations}/livez`]: { status: 200, text: 'ok\n', date: at(1) }, [`${operations}/readyz`]: { status: 200, text: 'ok\n' }, ...metrics('0.1.0', 1) } });
    expect(good.code).toBeUndefined();
    expect(of(good.findings, 'operations')).toEqual(['good: /livez is ok', 'good: its clock agrees with this one', 'good: /readyz is ok', 'good: coordinator of version 0.1.0', 'good: reaches its database']);
    const bad = await examine({ operations }, { pages: { [`${operations}/livez`]: { status: 200, text: 'ok\n', date: at(600) }, [`${operations}/readyz`]: { status: 503, text: 'the database does not answer\n' }, ...metrics('0.0.9', 0) } });
    expect(of(bad.findings, 'operations')).toEqual(['good: /livez is ok', expect.stringMatching(/^bad: its clock and this one differ by (599|600|601) s$/), 'bad: /readyz answers 503: the database does not answer', 'warning: coordinator of version 0.0.9, here is 0.1.0', 'bad: does not reach its database']);
    expect(of((await examine({ operations })).findings, 'operations')).toEqual(['bad: /livez is not reached: ECONNREFUSED']);
  });

  describe('certificates', () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    const openssl = (...args: readonly string[]): Buffer => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    /** A certificate of the authority `by` (itself, where none is named), as files `NAME.pem` and `NAME.key`. */
    const issue = (name: string, days: number, by?: string): void => {
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`];
      if (by === undefined) return void openssl('req', '-x509', ...key, '-days', String(days), '-out', `${name}.pem`);
      openssl('req', '-new', ...key, '-out', `${name}.csr`);
      openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', String(days), '-out', `${name}.pem`);
    };
    beforeAll(() => {
      issue('authority', 3650);
      issue('stranger', 3650);
      issue('user', 90, 'authority');
      issue('old', 3, 'authority');
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    afterEach(() => { vi.useRealTimers(); });
    const seen = async (cert: string, key: string, ca: string) => {
      const at = (file: string): string => (file === '' ? '' : join(folder, file));
      const world = { ...fakeWorld(), env: { NEURON_ATLAS_TLS_CERT: at(cert), NEURON_ATLAS_TLS_KEY: at(key), NEURON_ATLAS_TLS_CA: at(ca) }, readBytes: async (path: string) => readFileSync(path) };
      const out = fakeOutput();
      await runCommand(doctor, nothing, world, out).catch(() => undefined);
      return of(out.documents[0] as Finding[], 'certificate').map((line) => line.replaceAll(`${folder}/`, ''));
    };

    it('says until when they are valid, and whose they are', async () => {
      expect(await seen('user.pem', 'user.key', 'authority.pem')).toEqual([
        expect.stringMatching(/^good: authority CN=authority is valid for 36\d\d days$/), expect.stringMatching(/^good: certificate CN=user is valid for (89|90) days$/), 'good: the key belongs to the certificate',
      ]);
      expect((await seen('old.pem', 'old.key', 'authority.pem'))[1]).toMatch(/^warning: certificate CN=old ends in [23] days$/);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 86_400_000 });
      expect((await seen('old.pem', 'old.key', 'authority.pem'))[1]).toMatch(/^bad: certificate CN=old ended on 20/);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 30 * 86_400_000 });
      expect((await seen('old.pem', 'old.key', 'authority.pem'))[1]).toMatch(/^bad: certificate CN=old is valid from 20.* only$/);
    });

    it('finds a key of another, an authority of another, a file that is not there, and one that was forgotten', async () => {
      expect(await seen('user.pem', 'old.key', 'authority.pem')).toContain('bad: old.key is not the key of user.pem');
      expect(await seen('user.pem', 'user.key', 'stranger.pem')).toContain('warning: user.pem was not issued by the authority in stranger.pem');
      expect(await seen('none.pem', 'user.key', 'authority.pem')).toContainEqual(expect.stringMatching(/^bad: none\.pem: ENOENT/));
      expect(await seen('user.pem', '', 'authority.pem')).toEqual(['bad: NEURON_ATLAS_TLS_KEY is not set beside the others']);
    });
  });
});
