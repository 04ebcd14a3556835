import { once } from 'node:events';
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { createGzip } from 'node:zlib';
import { isAtlasError } from '@neuron-atlas/errors';
import { AccessServiceDefinition, AgentServiceDefinition, SweepServiceDefinition, type SubmitSweepRequest } from '@neuron-atlas/proto';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { sql } from 'kysely';
import type { CallContext } from 'nice-grpc';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAudit } from '../access/audit.js';
import { local } from '../access/identity.js';
import { sessionOwners } from '../access/session-owners.js';
import { createTokens, type Tokens } from '../access/tokens.js';
import { errors } from '../errors.js';
import { accessService, agentService, sweepService } from '../rpc/index.js';
import { parsePlan } from '../rpc/plan-schema.js';
import { createWorkSignal } from '../rpc/work-signal.js';
import { createStore } from '../store/create-store.js';
import type { Db } from '../store/database.js';
import { defaultPolicy, type Store } from '../store/store.js';
import { planOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { serve, type GrpcServer } from './serve.js';

const postgres = testPostgres();
let db: Db;
let deps: Parameters<typeof agentService>[0];
let server: GrpcServer;
const faults: string[] = [];

beforeAll(async () => {
  db = await postgres.database();
  const [tokens, audit] = [createTokens(db, () => performance.now()), createAudit(db)];
  deps = { store: createStore(db, defaultPolicy), tokens, audit, policy: defaultPolicy, heartbeatMs: 1000, work: createWorkSignal(), now: () => performance.now(), stopping: AbortSignal.abort() };
  const log = pino({ level: 'error' }, { write: (line: string) => { faults.push(line); } });
  server = await serve(deps, { mode: 'open', tokens, audit, ...sessionOwners(db), log, now: () => performance.now() }, { host: '127.0.0.1', port: 0 }, log, async function* (call, context) { return yield* call.next(call.request, context); });
});
afterAll(() => server.stop(100));

interface Method { readonly path: string; readonly key: string; readonly service: object; readonly requestType: { encode(message: never): { finish(): Uint8Array }; decode(bytes: Uint8Array): object; fromPartial(fields: object): object } }
const methods = (): readonly Method[] => ([[AgentServiceDefinition, agentService(deps)], [SweepServiceDefinition, sweepService(deps)], [AccessServiceDefinition, accessService(deps)]] as const)
  .flatMap(([definition, service]) => Object.entries(definition.methods).map(([key, method]) => ({ path: `/${definition.fullName}/${method.name}`, key, service, requestType: method.requestType as unknown as Method['requestType'] })));

/** Uniform whole numbers below a bound, from a seed (xorshift32). */
function chance(seed: number): (bound: number) => number {
  let state = seed | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

// What means something to somebody: ids, paths that climb, control characters, huge numbers, half a surrogate.
const words = ['', 'sw-0123456789', 'sw-0123456789/0', '../../etc/passwd', '/etc/passwd', 'a\0b', 'é'.repeat(300), '\ud800', '{}', '{"version":1}', 'synthesis/../../x', 'C:\\x', '%2e%2e/', 's3://b/../c', '${jndi:x}', '-1', '9'.repeat(400)];
const message = (draw: ReturnType<typeof chance>): Record<string, unknown> => {
  const word = (): string => words[draw(words.length)]!;
  const number = (): number => [0, 1, 2 ** 31, 2 ** 32 - 1, 7][draw(5)]!;
  const long = (): bigint => [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)][draw(5)]!;
  const object = { key: word(), bytes: draw(2) === 0 ? 1n : 2n ** 64n - 1n, sha256: draw(2) === 0 ? 'a'.repeat(64) : word(), rows: 1n, kind: word(), layer: word() };
  return {
    agentId: word(), incarnation: word(), node: word(), provider: word(), device: word(), version: word(), plugins: [word()], session: word(), requestId: word(), maxLeases: number(), waitMs: 0,
    seq: 1n, shardId: word(), sweepId: word(), fence: long(), objects: draw(2) === 0 ? [object] : [], statsJson: word(), next: draw(2) === 0 ? { requestId: word(), maxLeases: number(), targetSeconds: number() } : undefined, failureClass: draw(9), errorJson: word(), reason: word(), idempotencyKey: word(), planJson: word(),
    name: word(), roles: draw(2) === 0 ? [word()] : ['viewer'], validDays: number(), certificate: word(), tokenId: word(), holder: word(), limit: number(), weight: [0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY][draw(5)], priority: draw(3) - 1, maxAgents: number(),
  };
};

function mutated(method: Method, draw: ReturnType<typeof chance>): Uint8Array {
  const valid = method.requestType.encode(method.requestType.fromPartial(message(draw)) as never).finish();
  const bytes = draw(6) === 0 ? Uint8Array.from({ length: draw(200) }, () => draw(256)) : Uint8Array.from(valid);
  for (let times = draw(4); times > 0 && bytes.length > 0; times--) bytes[draw(bytes.length)] = draw(256);
  return draw(8) === 0 ? bytes.subarray(0, draw(bytes.length + 1)) : bytes;
}

describe('a malformed message', () => {
  it('is not read, or refused by name, or harmless, 100,000 times', async () => {
    const draw = chance(20260101);
    const reached = { unread: 0, refused: 0, answered: 0 };
    const all = methods();
    const bare = methodsOn({ ...deps, store: emptyStore, tokens: noTokens, audit: { last: async () => [], write: async () => undefined } });
    for (let turn = 0; turn < 100_000; turn++) {
      const method = all[draw(all.length)]!;
      let request: object;
      try {
        request = method.requestType.decode(mutated(method, draw));
      } catch {
        reached.unread++;
        continue;
      }
      try {
        const answer = bare.get(method.path)!(request);
        if (Symbol.asyncIterator in (answer as object)) continue;
        await answer;
        reached.answered++;
      } catch (error) {
        if (!isAtlasError(error)) throw new Error(`${method.path}: ${JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`, { cause: error });
        reached.refused++;
      }
    }
    for (const [what, times] of Object.entries(reached)) expect([what, times > 1000]).toEqual([what, true]);
  }, 120_000);

  it('on the wire leaves the coordinator serving, its database unharmed and its log without a fault', async () => {
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    const draw = chance(7);
    const codes = new Map<number, number>();
    for (let turn = 0; turn < 1500; turn++) {
      const method = methods()[draw(methods().length)]!;
      if (method.key === 'watchSweep') continue;
      const code = await new Promise<number>((resolve) => {
        client.makeUnaryRequest(method.path, (bytes: Buffer) => bytes, (bytes: Buffer) => bytes, Buffer.from(mutated(method, draw)), (error: ServiceError | null) => resolve(error?.code ?? 0));
      });
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    client.close();
    expect(faults).toEqual([]);
    expect([...codes.keys()].length).toBeGreaterThan(2);
    expect(await deps.store.sweeps()).toEqual([]);
    expect((await sql`SELECT 1`.execute(db)).rows).toHaveLength(1);
  }, 120_000);

  it('beyond the size that is taken is refused by its size', async () => {
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), { 'grpc.max_send_message_length': -1 });
    const error = await new Promise<ServiceError | null>((resolve) => {
      client.makeUnaryRequest(`/${SweepServiceDefinition.fullName}/SubmitSweep`, (bytes: Buffer) => bytes, (bytes: Buffer) => bytes, Buffer.alloc(65 * 2 ** 20), (failure: ServiceError | null) => resolve(failure));
    });
    client.close();
    expect(error).toMatchObject({ code: 8 });
  });
});

/** What a call costs here: the most memory at once beyond what was there, in bytes, and seconds of a core. */
async function costOf(call: () => Promise<unknown>): Promise<{ readonly bytes: number; readonly cpuSeconds: number }> {
  const [rss, cpu] = [process.memoryUsage().rss, process.cpuUsage()];
  let most = rss;
  const watch = setInterval(() => { most = Math.max(most, process.memoryUsage().rss); }, 5);
  try {
    await call();
  } finally {
    clearInterval(watch);
  }
  const spent = process.cpuUsage(cpu);
  return { bytes: Math.max(most, process.memoryUsage().rss) - rss, cpuSeconds: (spent.user + spent.system) / 1e6 };
}

/** A call as bytes on the wire: one message, framed by hand; the status that comes back. */
async function onTheWire(method: string, headers: OutgoingHttpHeaders, frame: readonly Uint8Array[]): Promise<number> {
  const session = connect(`http://127.0.0.1:${server.port}`);
  const stream = session.request({ ':method': 'POST', ':path': method, 'content-type': 'application/grpc', te: 'trailers', ...headers });
  try {
    return await new Promise((resolve, reject) => {
      const seen = (received: IncomingHttpHeaders): void => { if (received['grpc-status'] !== undefined) resolve(Number(received['grpc-status'])); };
      stream.on('response', seen).on('trailers', seen).on('error', reject).resume();
      for (const part of frame) stream.write(part);
    });
  } finally {
    session.destroy();
  }
}

describe('an attribute of a gigabyte', () => {
  const submit = `/${SweepServiceDefinition.fullName}/SubmitSweep`;
  const register = `/${AgentServiceDefinition.fullName}/Register`;
  const framed = (flag: number, length: number): Uint8Array => { const head = Buffer.alloc(5); head.writeUInt8(flag); head.writeUInt32BE(length, 1); return head; };

  it.each([submit, register])('is refused by the length that its message claims: %s', async (method) => {
    const cost = await costOf(async () => expect(await onTheWire(method, {}, [framed(0, 2 ** 30), Buffer.alloc(2 ** 20)])).toBe(8));
    expect(cost.bytes).toBeLessThan(100 * 2 ** 20);
    expect(cost.cpuSeconds).toBeLessThan(1);
  });

  it.each([submit, register])('is refused where its message is packed, when it has unpacked to the limit: %s', async (method) => {
    // plan_json = a gigabyte of spaces: a megabyte of gzip.
    const gzip = createGzip({ level: 9 });
    const packed: Buffer[] = [];
    gzip.on('data', (chunk: Buffer) => packed.push(chunk));
    const MiB = Buffer.alloc(2 ** 20, ' ');
    gzip.write(Uint8Array.from([(2 << 3) | 2, 0x80, 0x80, 0x80, 0x80, 4]));
    for (let i = 0; i < 1024; i++) if (!gzip.write(MiB)) await once(gzip, 'drain');
    gzip.end();
    await once(gzip, 'end');
    const message = Buffer.concat(packed);
    expect(message.length).toBeLessThan(2 ** 21);
    const cost = await costOf(async () => expect(await onTheWire(method, { 'grpc-encoding': 'gzip' }, [framed(1, message.length), message])).toBe(8));
    // 64 MiB of message and what lies in pipes between; a gigabyte would show.
    expect(cost.bytes).toBeLessThan(300 * 2 ** 20);
    expect(cost.cpuSeconds).toBeLessThan(1);
    expect(faults).toEqual([]);
  }, 60_000);

  it('is no matter for the coordinator where a model has it: of a model it takes name, size and sha256', async () => {
    const plan = { ...planOf({ layers: 1 }), modelBytes: 2 ** 30 };
    expect(parsePlan(JSON.stringify(plan)).modelBytes).toBe(2 ** 30);
    expect(() => parsePlan(JSON.stringify({ ...plan, model: 'AAAA' }))).toThrow(expect.objectContaining({ code: 'COORDINATOR_BAD_PLAN' }));
  });
});

describe('a spec that asks for 10¹² units', () => {
  it('is refused before anything is written', async () => {
    const [layer] = planOf({ layers: 1 }).layers;
    const units = 2 ** 31 - 1;
    const plan = { ...planOf({ layers: 1 }), layers: Array.from({ length: 500 }, (_, i) => ({ ...layer!, id: `l${i}`, units, selected: [[0, units]] })) };
    const request: Partial<SubmitSweepRequest> = { idempotencyKey: 'k', planJson: JSON.stringify(plan) };
    const cost = await costOf(() => expect(sweepService(deps).submitSweep(request as SubmitSweepRequest, { signal: new AbortController().signal, identity: local } as unknown as CallContext & { identity: typeof local })).rejects.toMatchObject({ code: 'COORDINATOR_PLAN_TOO_LARGE' }));
    expect(cost.bytes).toBeLessThan(200 * 2 ** 20);
    expect(cost.cpuSeconds).toBeLessThan(1);
    expect(await deps.store.sweeps()).toEqual([]);
  });
});

/** Answers as a store without sweeps and sessions does: what it is asked was checked before. */
const emptyStore: Store = {
  register: async () => ({ session: 'se-1', freed: [] }),
  acquire: async () => 'session-lost', heartbeat: async () => 'session-lost',
  complete: async () => 'fenced', completeAndAcquire: async () => ({ result: 'fenced', leases: [] }), fail: async () => 'fenced', release: async () => 0, reap: async () => [], askToYield: async () => [],
  submit: async () => ({ sweepId: 'sw-0123456789', existed: false }),
  sweep: async (sweepId) => { throw errors.sweepNotFound({ sweepId }); },
  planJson: async (sweepId) => { throw errors.sweepNotFound({ sweepId }); },
  manifest: async (sweepId) => { throw errors.sweepNotFound({ sweepId }); },
  pause: async (sweepId) => { throw errors.sweepNotFound({ sweepId }); },
  resume: async (sweepId) => { throw errors.sweepNotFound({ sweepId }); },
  cancel: async (sweepId) => { throw errors.sweepNotFound({ sweepId }); },
  retry: async (sweepId) => { throw errors.sweepNotFound({ sweepId }); },
  holdOutput: async ({ sweepId }) => { throw errors.sweepNotFound({ sweepId }); }, freeOutput: async ({ sweepId }) => { throw errors.sweepNotFound({ sweepId }); },
  share: async (sweepId) => { throw errors.sweepNotFound({ sweepId }); },
  sweeps: async () => [], agents: async () => [], quarantine: async () => [],
};
const noTokens: Tokens = {
  create: async (wanted) => ({ token: { id: '0', ...wanted, createdAt: new Date(0), expiresAt: new Date(0), revokedAt: undefined }, secret: 'na_' }),
  list: async () => [], revoke: async () => undefined, find: async () => undefined,
};

function methodsOn(given: typeof deps): ReadonlyMap<string, (request: object) => unknown> {
  const context = { signal: AbortSignal.timeout(600_000), identity: local } as unknown as CallContext;
  const services = [[AgentServiceDefinition, agentService(given)], [SweepServiceDefinition, sweepService(given)], [AccessServiceDefinition, accessService(given)]] as const;
  return new Map(services.flatMap(([definition, service]) => Object.entries(definition.methods).map(([key, { name }]) =>
    [`/${definition.fullName}/${name}`, (request: object) => (service as unknown as Readonly<Record<string, (request: object, context: CallContext) => unknown>>)[key]!(request, context)])));
}
