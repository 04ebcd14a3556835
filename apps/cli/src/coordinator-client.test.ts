import { SweepServiceDefinition, type SweepServiceImplementation, type SweepStatus } from '@neuron-atlas/proto';
import { createServer, ServerError, Status } from 'nice-grpc';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { connectCoordinator } from './coordinator-client.js';
import { sweepStatus } from './fake-world.fixture.js';
import { watchSweep } from './watch-sweep.js';

async function serving<T>(methods: Partial<SweepServiceImplementation>, work: (address: string) => Promise<T>): Promise<T> {
  const unknown = async (): Promise<never> => { throw new ServerError(Status.UNIMPLEMENTED, 'not in this test'); };
  const all = Object.fromEntries(Object.keys(SweepServiceDefinition.methods).map((name) => [name, unknown]));
  const server = createServer();
  server.add(SweepServiceDefinition, { ...all, ...methods } as unknown as SweepServiceImplementation);
  try {
    return await work(`127.0.0.1:${await server.listen('127.0.0.1:0')}`);
  } finally {
    server.forceShutdown();
  }
}
const signal = new AbortController().signal;
let clock = 0;
const timing = { silentMs: 200, pauseMs: 1, patienceMs: 50, now: () => clock++, sleep: async () => undefined };

describe('connectCoordinator', () => {
  it('says that no coordinator is there where nobody listens', async () => {
    const free = await new Promise<number>((resolve) => {
      const probe = createTcpServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as { port: number };
        probe.close(() => resolve(port));
      });
    });
    const client = connectCoordinator(`127.0.0.1:${free}`);
    await expect(client.sweeps.listSweeps({}, { signal })).rejects.toMatchObject({ code: 'CLI_COORDINATOR_UNREACHABLE', details: { address: `127.0.0.1:${free}` } });
    client.close();
  });

  it('says so as well where something listens and never answers', async () => {
    const silent = createTcpServer(() => undefined);
    const port = await new Promise<number>((resolve) => silent.listen(0, '127.0.0.1', () => resolve((silent.address() as { port: number }).port)));
    const client = connectCoordinator(`127.0.0.1:${port}`);
    await expect(client.sweeps.listSweeps({}, { signal })).rejects.toMatchObject({ code: 'CLI_COORDINATOR_UNREACHABLE' });
    client.close();
    silent.close();
  });

  it('repeats a call that the coordinator was too busy stopping to take', async () => {
    let calls = 0;
    const listSweeps = async () => {
      if (++calls === 1) throw new ServerError(Status.UNAVAILABLE, 'stopping');
      return { sweeps: [sweepStatus()] };
    };
    await serving({ listSweeps }, async (address) => {
      const client = connectCoordinator(address);
      expect((await client.sweeps.listSweeps({}, { signal })).sweeps).toHaveLength(1);
      client.close();
    });
    expect(calls).toBe(2);
  });
});

describe('watchSweep', () => {
  const collect = async (address: string): Promise<string[]> => {
    const client = connectCoordinator(address);
    const seen: string[] = [];
    for await (const status of watchSweep(client.sweeps, 's1', timing, signal)) seen.push(`${status.state} ${status.unitsDone}`);
    client.close();
    return seen;
  };

  it('gives every change that the stream tells, and the last status whole', async () => {
    const asked = [sweepStatus({ unitsDone: 1 }), sweepStatus({ state: 'done', unitsDone: 48 })];
    const watch = async function* () { yield sweepStatus({ unitsDone: 2 }); yield sweepStatus({ unitsDone: 3 }); yield sweepStatus({ state: 'done', unitsDone: 4 }); };
    expect(await serving({ getSweep: async () => asked.shift() ?? sweepStatus(), watchSweep: watch }, collect)).toEqual(['running 1', 'running 2', 'running 3', 'done 48']);
  });

  it('goes on by asking where the stream breaks or falls silent', async () => {
    const asked = [1, 2, 3].map((unitsDone) => sweepStatus({ unitsDone, state: unitsDone === 3 ? 'done' : 'running' }));
    let streams = 0;
    const watch = async function* (_: unknown, context: { signal: AbortSignal }) {
      if (++streams === 1) throw new ServerError(Status.UNAVAILABLE, 'broken');
      yield* [];
      await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
    };
    expect(await serving({ getSweep: async () => asked.shift() ?? sweepStatus(), watchSweep: watch }, collect)).toEqual(['running 1', 'running 2', 'done 3']);
    expect(streams).toBe(2);
  });

  const away = (): never => { throw Object.assign(new Error('away'), { code: 'CLI_COORDINATOR_UNREACHABLE', help: '', grpc: 'UNAVAILABLE' }); };
  const watched = async (answers: readonly (() => SweepStatus)[]): Promise<string[]> => {
    let asked = 0;
    const seen: string[] = [];
    const sweeps = {
      getSweep: async () => (answers[Math.min(asked++, answers.length - 1)] ?? away)(),
      watchSweep: async function* () { yield* []; away(); },
    };
    for await (const status of watchSweep(sweeps, 's1', timing, signal)) seen.push(status.state);
    return seen;
  };

  it('waits for a coordinator that has answered and is away for a while', async () => {
    expect(await watched([sweepStatus, away, away, () => sweepStatus({ state: 'done' })])).toEqual(['running', 'done']);
  });

  it('gives up on one that stays away, and at once on one that was never there', async () => {
    await expect(watched([sweepStatus, away])).rejects.toMatchObject({ code: 'CLI_COORDINATOR_UNREACHABLE' });
    const before = clock;
    await expect(watched([away])).rejects.toMatchObject({ code: 'CLI_COORDINATOR_UNREACHABLE' });
    expect(clock).toBe(before);
  });

  it('passes on what the coordinator says about the sweep', async () => {
    const getSweep = async () => { throw new ServerError(Status.NOT_FOUND, 'no such sweep'); };
    await expect(serving({ getSweep }, collect)).rejects.toMatchObject({ code: 'PROTO_INTERNAL' });
  });
});
