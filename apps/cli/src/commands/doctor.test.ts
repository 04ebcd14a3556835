import { AtlasError } from '@neuron-atlas/errors';
import { describe, expect, it } from 'vitest';
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
    const good = await examine({ operations }, { pages: { [`${operations}/livez`]: { status: 200, text: 'ok\n', date: at(1) }, [`${operations}/readyz`]: { status: 200, text: 'ok\n' } } });
    expect(good.code).toBeUndefined();
    const bad = await examine({ operations }, { pages: { [`${operations}/livez`]: { status: 200, text: 'ok\n', date: at(600) }, [`${operations}/readyz`]: { status: 503, text: 'the database does not answer\n' } } });
    expect(of(bad.findings, 'operations')).toEqual(['good: /livez is ok', expect.stringMatching(/^bad: its clock and this one differ by (599|600|601) s$/), 'bad: /readyz answers 503: the database does not answer']);
    expect(of((await examine({ operations })).findings, 'operations')).toEqual(['bad: /livez is not reached: ECONNREFUSED']);
  });
});
