import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessServiceDefinition, AgentServiceDefinition, atlasErrors, SweepServiceDefinition } from '@neuron-atlas/proto';
import { channelCredentials, type TlsFiles } from '@neuron-atlas/proto/tls';
import { sql } from 'kysely';
import { createChannel, createClientFactory, Metadata, type Channel } from 'nice-grpc';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { createWorkSignal } from '../rpc/work-signal.js';
import { serve, type GrpcServer } from '../server/serve.js';
import { createStore } from '../store/create-store.js';
import type { Db } from '../store/database.js';
import { defaultPolicy } from '../store/store.js';
import { createAudit } from './audit.js';
import { grants, type Role } from './roles.js';
import { sessionOwners } from './session-owners.js';
import { createTokens, type Tokens } from './tokens.js';

/** Who may call what, written down once more by hand. */
const allowed: Readonly<Record<string, string>> = {
  Register: 'agent', AcquireLeases: 'agent', Heartbeat: 'agent', CompleteShard: 'agent', FailShard: 'agent', ReleaseLeases: 'agent',
  GetSweep: 'viewer submitter operator', ListSweeps: 'viewer submitter operator', WatchSweep: 'viewer submitter operator', ListAgents: 'viewer submitter operator',
  GetManifest: 'viewer submitter operator agent', ListQuarantine: 'viewer submitter operator agent',
  SubmitSweep: 'submitter operator', PauseSweep: 'submitter operator', ResumeSweep: 'submitter operator', CancelSweep: 'submitter operator', RetrySweep: 'submitter operator', ShareSweep: 'operator', HoldOutput: 'operator', FreeOutput: 'operator',
  CreateToken: 'operator', ListTokens: 'operator', RevokeToken: 'operator', ListAudit: 'operator',
};
const definitions = [AgentServiceDefinition, SweepServiceDefinition, AccessServiceDefinition] as const;

const postgres = testPostgres();
const folder = mkdtempSync(join(tmpdir(), 'access-'));
const openssl = (...args: string[]): void => { execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' }); };
const certificate = (name: string, subject: string, authority = 'ca'): TlsFiles => {
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
  openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-days', '1', '-extfile', 'names', '-out', `${name}.crt`);
  return { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`), ca: join(folder, 'ca.crt') };
};
const authority = (name: string): void => openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);

let server: GrpcServer;
let secure: GrpcServer;
let tokens: Tokens;
let db: Db;
let files: Readonly<Record<string, TlsFiles>>;
const lines: string[] = [];
let minute = 0; // each refusal in one of its own, so that none is only counted: bounded-refusals.test.ts has that
const channels: Channel[] = [];

async function start(tls?: TlsFiles): Promise<GrpcServer> {
  const [store, audit] = [createStore(db, defaultPolicy), createAudit(db)];
  const log = pino({ level: 'debug' }, { write: (line: string) => { lines.push(line); } });
  return serve(
    { store, tokens, audit, policy: defaultPolicy, heartbeatMs: 1000, work: createWorkSignal(), now: () => performance.now(), stopping: AbortSignal.abort() },
    { mode: 'roles', tokens, audit, ...sessionOwners(db), log, now: () => 60_000 * minute++ },
    { host: '127.0.0.1', port: 0, tls }, log, async function* (call, context) { return yield* call.next(call.request, context); },
  );
}

beforeAll(async () => {
  authority('ca');
  authority('other');
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1\n');
  files = {
    server: certificate('server', '/CN=server'), ada: certificate('ada', '/OU=operator/CN=ada'), pod: certificate('pod', '/OU=agent/CN=pod'), pair: certificate('pair', '/OU=agent/OU=viewer/CN=pair'),
    plain: certificate('plain', '/CN=plain'), stranger: { ...certificate('stranger', '/OU=operator/CN=stranger', 'other') },
  };
  db = await postgres.database();
  tokens = createTokens(db, () => performance.now());
  server = await start();
  secure = await start(files['server']);
});
beforeEach(async () => {
  await postgres.database();
  await sql`DELETE FROM token`.execute(db);
  await sql`DELETE FROM audit`.execute(db);
  lines.length = 0;
});
afterEach(() => { for (const channel of channels.splice(0)) channel.close(); });
afterAll(async () => {
  await server.stop(100);
  await secure.stop(100);
  rmSync(folder, { recursive: true });
});

const token = async (roles: readonly Role[], changes: { readonly name?: string; readonly certificate?: string } = {}): Promise<string> =>
  (await tokens.create({ name: roles.join(), roles, certificate: '', validDays: 1, ...changes })).secret;

function clients({ show, tls, metadata = Metadata() }: { readonly show?: string; readonly tls?: TlsFiles; readonly metadata?: Metadata }) {
  const channel = createChannel(`127.0.0.1:${tls === undefined ? server.port : secure.port}`, tls === undefined ? undefined : channelCredentials(tls));
  channels.push(channel);
  const factory = createClientFactory().use(atlasErrors);
  const given = { metadata: show === undefined ? metadata : metadata.set('authorization', `Bearer ${show}`) };
  const options = { '*': given };
  return { agents: factory.create(AgentServiceDefinition, channel, options), sweeps: factory.create(SweepServiceDefinition, channel, options), access: factory.create(AccessServiceDefinition, channel, options) };
}

/** The code of the error of a call; `OK`. */
async function outcome(call: Promise<unknown> | AsyncIterable<unknown>): Promise<string> {
  try {
    if (Symbol.asyncIterator in call) for await (const _ of call) break;
    else await call;
    return 'OK';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const denials: readonly string[] = ['COORDINATOR_NOT_PERMITTED', 'COORDINATOR_NOT_AUTHENTICATED'];
const calls = definitions.flatMap((definition) => Object.entries(definition.methods).map(([key, { name }]) => ({ service: definition.name, key, name })));
const callOf = (of: ReturnType<typeof clients>, { service, key }: (typeof calls)[number]): Promise<unknown> | AsyncIterable<unknown> => {
  const client = { AgentService: of.agents, SweepService: of.sweeps, AccessService: of.access }[service] as unknown as Readonly<Record<string, (request: object) => Promise<unknown>>>;
  return client[key]!({});
};

describe('every call', () => {
  it('is in the table of this test and in that of the coordinator, and in no other', () => {
    expect(Object.keys(allowed).sort()).toEqual(calls.map(({ name }) => name).sort());
    expect(grants.size).toBe(calls.length);
    for (const { roles } of grants.values()) expect(roles.length).toBeGreaterThan(0);
  });

  it.each(['viewer', 'submitter', 'operator', 'agent'] as const)('is open to %s where that role may make it, and closed where not', async (role) => {
    const of = clients({ show: await token([role]) });
    for (const call of calls) {
      const got = await outcome(callOf(of, call));
      // Of a sweep that it holds, which is none here.
      const ofHolders = role === 'agent' && ['GetManifest', 'ListQuarantine'].includes(call.name);
      const may = allowed[call.name]!.split(' ').includes(role) && !ofHolders;
      expect([call.name, denials.includes(got)]).toEqual([call.name, !may]);
      if (!may) expect(got).toBe('COORDINATOR_NOT_PERMITTED');
    }
  }, 60_000);

  it('is closed to whoever shows nothing, an unknown token, one with a letter changed, or no bearer token', async () => {
    const secret = await token(['operator', 'agent']);
    const changed = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
    const strangers = [clients({}), clients({ show: 'na_000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }), clients({ show: changed }), clients({ show: '' }), clients({ metadata: Metadata().set('authorization', `Basic ${secret}`) })];
    for (const of of strangers) for (const call of calls) expect([call.name, await outcome(callOf(of, call))]).toEqual([call.name, 'COORDINATOR_NOT_AUTHENTICATED']);
  }, 60_000);
});

describe('a token', () => {
  it('ends when its time is over and when it is revoked, on this coordinator at once', async () => {
    const { token: { id }, secret } = await tokens.create({ name: 'ci', roles: ['viewer'], certificate: '', validDays: 1 });
    const { sweeps } = clients({ show: secret });
    expect(await outcome(sweeps.listSweeps({}))).toBe('OK');
    expect(await tokens.revoke(id)).toBe(true);
    expect(await outcome(sweeps.listSweeps({}))).toBe('COORDINATOR_NOT_AUTHENTICATED');
    expect([await tokens.revoke(id), await tokens.revoke('nobody')]).toEqual([false, undefined]);

    const old = await token(['viewer']);
    await sql`UPDATE token SET expires_at = now() - interval '1 second'`.execute(db);
    await expect(clients({ show: old }).sweeps.listSweeps({})).rejects.toMatchObject({ code: 'COORDINATOR_NOT_AUTHENTICATED', message: expect.stringContaining('has expired') });
  });

  it('is in the database as a hash, and in no log', async () => {
    const secret = await token(['viewer']);
    expect(await outcome(clients({ show: secret }).sweeps.cancelSweep({ sweepId: 'sw-0123456789' }))).toBe('COORDINATOR_NOT_PERMITTED');
    const { rows } = await sql<{ row: string }>`SELECT to_jsonb(t)::text AS row FROM token t`.execute(db);
    const random = secret.split('_').slice(2).join('_');
    expect(rows.map(({ row }) => row).join()).not.toContain(random);
    expect(lines.join('')).toMatch(/a call was refused/);
    expect(lines.join('')).not.toContain(random);
  });

  it('that is bound to a certificate is of no use to whoever replays it from elsewhere', async () => {
    const bound = await token(['viewer'], { certificate: 'pair' });
    expect(await outcome(clients({ show: bound, tls: files['pair']! }).sweeps.listSweeps({}))).toBe('OK');
    expect(await outcome(clients({ show: bound, tls: files['plain']! }).sweeps.listSweeps({}))).toBe('COORDINATOR_NOT_AUTHENTICATED');
    expect(await outcome(clients({ show: bound }).sweeps.listSweeps({}))).toBe('COORDINATOR_NOT_AUTHENTICATED');
  });

  it('is made by an operator, for roles that there are, and narrows what a certificate could do', async () => {
    const { access } = clients({ tls: files['ada']! });
    const { token: made } = await access.createToken({ name: 'ci', roles: ['viewer'], validDays: 2, certificate: '' });
    expect(await outcome(clients({ tls: files['ada']!, show: made }).access.listTokens({}))).toBe('COORDINATOR_NOT_PERMITTED');
    expect((await access.listTokens({})).tokens).toMatchObject([{ name: 'ci', roles: ['viewer'], revokedAt: '' }]);
    for (const wrong of [{ roles: [] }, { roles: ['root'] }, { roles: ['viewer'], validDays: 0 }, { roles: ['viewer'], validDays: 4000 }, { roles: ['viewer'], name: '' }, { roles: ['viewer'], name: 'a\nb' }]) {
      expect(await outcome(access.createToken({ name: 'x', validDays: 1, certificate: '', ...wrong }))).toBe('COORDINATOR_BAD_REQUEST');
    }
  });
});

describe('a certificate', () => {
  it('has the roles of its organisational units, and none without', async () => {
    const pair = clients({ tls: files['pair']! });
    expect(await outcome(pair.sweeps.listSweeps({}))).toBe('OK');
    expect(await outcome(pair.agents.register({}))).toBe('COORDINATOR_BAD_REQUEST');
    expect(await outcome(pair.sweeps.submitSweep({}))).toBe('COORDINATOR_NOT_PERMITTED');
    await expect(clients({ tls: files['plain']! }).sweeps.listSweeps({})).rejects.toMatchObject({ code: 'COORDINATOR_NOT_PERMITTED', message: expect.stringContaining('plain (without a role)') });
  });

  it('of another authority, or none at all, does not even connect', async () => {
    const stranger = { ...files['stranger']!, ca: join(folder, 'ca.crt') };
    expect(readFileSync(stranger.cert, 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(await outcome(clients({ tls: stranger }).sweeps.listSweeps({}, { signal: AbortSignal.timeout(5_000) }))).toBe('PROTO_UNAVAILABLE');
    const channel = createChannel(`127.0.0.1:${secure.port}`);
    channels.push(channel);
    expect(await outcome(createClientFactory().use(atlasErrors).create(SweepServiceDefinition, channel).listSweeps({}, { signal: AbortSignal.timeout(5_000) }))).toBe('PROTO_UNAVAILABLE');
  });

  it('cannot be claimed in words', async () => {
    const claim = encodeURIComponent(JSON.stringify({ name: 'ada', roles: ['operator'] }));
    const metadata = (): Metadata => Metadata().set('neuron-atlas-peer-certificate', claim);
    expect(await outcome(clients({ metadata: metadata() }).sweeps.listSweeps({}))).toBe('COORDINATOR_NOT_AUTHENTICATED');
    expect(await outcome(clients({ tls: files['pod']!, metadata: metadata() }).access.listTokens({}))).toBe('COORDINATOR_NOT_PERMITTED');
  });
});

describe('an agent', () => {
  const identity = (agentId: string) => ({ agentId, incarnation: agentId, node: 'n', provider: 'cpu', device: 'd', version: '0', plugins: [] });

  it('has no use of the session of another', async () => {
    const [one, two] = [clients({ show: await token(['agent'], { name: 'one' }) }), clients({ show: await token(['agent'], { name: 'two' }) })];
    const { session } = await one.agents.register(identity('a'));
    expect(await outcome(one.agents.heartbeat({ session, seq: 1n, leases: [] }))).toBe('OK');
    const lease = { session, shardId: 'sw-0123456789/0', fence: 1n };
    const { agents } = two;
    for (const call of [() => agents.heartbeat({ session, seq: 2n, leases: [] }), () => agents.acquireLeases({ session, requestId: 'r', maxLeases: 1 }), () => agents.completeShard(lease), () => agents.failShard(lease), () => agents.releaseLeases({ session })]) {
      expect(await outcome(call())).toBe('COORDINATOR_SESSION_LOST');
    }
    expect(await outcome(two.agents.register(identity('a')))).toBe('COORDINATOR_AGENT_TAKEN');
    expect(await outcome(two.agents.register(identity('b')))).toBe('OK');
  });

  it('sees the manifest of a sweep while it holds a lease of it, and of no other', async () => {
    const { sweeps } = clients({ show: await token(['submitter']) });
    const plan = planOf({ layers: 1 });
    const { sweepId } = await sweeps.submitSweep({ idempotencyKey: 'k', planJson: JSON.stringify(plan) });
    const of = clients({ show: await token(['agent'], { name: 'pod' }) });
    expect(await outcome(of.sweeps.getManifest({ sweepId }))).toBe('COORDINATOR_NOT_PERMITTED');
    const { session } = await of.agents.register(identity('a'));
    expect((await of.agents.acquireLeases({ session, requestId: 'r', maxLeases: 1, waitMs: 0 })).leases).toHaveLength(1);
    expect(await outcome(of.sweeps.getManifest({ sweepId }))).toBe('OK');
    expect(await outcome(of.sweeps.listQuarantine({ sweepId }))).toBe('OK');
    expect(await outcome(clients({ show: await token(['agent'], { name: 'other' }) }).sweeps.getManifest({ sweepId }))).toBe('COORDINATOR_NOT_PERMITTED');
    expect(await outcome(of.sweeps.listQuarantine({}))).toBe('COORDINATOR_NOT_PERMITTED');
  });
});

describe('the audit', () => {
  it('has every change with its outcome, and every refusal; not what only reads', async () => {
    const of = clients({ show: await token(['submitter'], { name: 'ada' }) });
    await of.sweeps.listSweeps({});
    const operator = clients({ tls: files['ada']! });
    const { tokenId } = await operator.access.createToken({ name: 'ci', roles: ['viewer'], validDays: 1, certificate: '' });
    const { sweepId } = await of.sweeps.submitSweep({ idempotencyKey: 'k', planJson: JSON.stringify(planOf({ layers: 1 })) });
    await of.sweeps.pauseSweep({ sweepId });
    await outcome(of.sweeps.pauseSweep({ sweepId: 'sw-ffffffffff' }));
    await outcome(of.access.listTokens({}));
    await outcome(clients({}).sweeps.cancelSweep({ sweepId }));
    const { entries } = await clients({ show: await token(['operator'], { name: 'eve' }) }).access.listAudit({});
    expect(entries.map(({ who, method, subject, outcome: code }) => [who, method, subject, code])).toEqual([
      ['', 'CancelSweep', sweepId, 'COORDINATOR_NOT_AUTHENTICATED'],
      ['ada', 'ListTokens', '', 'COORDINATOR_NOT_PERMITTED'],
      ['ada', 'PauseSweep', 'sw-ffffffffff', 'COORDINATOR_SWEEP_NOT_FOUND'],
      ['ada', 'PauseSweep', sweepId, 'OK'],
      ['ada', 'SubmitSweep', sweepId, 'OK'],
      ['ada', 'CreateToken', tokenId, 'OK'],
    ]);
  });
});
