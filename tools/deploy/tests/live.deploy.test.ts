import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openStore } from '@neuron-atlas/blobs';
import { AgentServiceDefinition, CommitResult } from '@neuron-atlas/proto';
import { builtinPlugins, pluginNames } from '@neuron-atlas/synthesis';
import { createChannel, createClientFactory } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { descendants, neuronAtlas, writeSmallSweep } from '../../../apps/cli/src/e2e/small-sweep.fixture.js';
import { fill, readBoards } from '../draw/boards.js';
import { drawBoard } from '../draw/draw-board.js';
import { queryBoard } from '../draw/series.js';
import { plainRules } from '../plain-rules.mjs';

// A coordinator with its PostgreSQL, two agents, an S3 server and a Prometheus, all real; a sweep with faults runs through them,
// and then the questions of dashboards and alerts are put to what was scraped.

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const folder = mkdtempSync(join(tmpdir(), 'deploy-live-'));
const children: ChildProcess[] = [];

/** Metrics of dashboards and alerts that this run cannot have, and why. */
const conditional: Readonly<Record<string, string>> = {
  DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: "NVIDIA's DCGM exporter on a node with a card",
  DCGM_FI_PROF_GR_ENGINE_ACTIVE: "NVIDIA's DCGM exporter on a node with a card",
  DCGM_FI_DEV_FB_USED: "NVIDIA's DCGM exporter on a node with a card",
  DCGM_FI_DEV_POWER_USAGE: "NVIDIA's DCGM exporter on a node with a card",
  DCGM_FI_DEV_XID_ERRORS: "NVIDIA's DCGM exporter on a node with a card",
};

function start(file: string, args: readonly string[], field?: string): Promise<Record<string, string>> {
  const child = spawn(file, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-4000); });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}:\n${said}`)));
    if (field === undefined) resolve({});
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (field !== undefined && line.startsWith('{')) resolve(JSON.parse(line) as Record<string, string>);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

/**
 * An agent that takes a shard, says nothing until its lease is over, and then reports it as finished.
 *
 * What the real agents never do, for they give up a shard themselves in time.
 */
async function reportTooLate(): Promise<CommitResult> {
  const channel = createChannel(coordinator);
  try {
    const agents = createClientFactory().create(AgentServiceDefinition, channel);
    const { session } = await agents.register({ agentId: 'late', incarnation: randomUUID(), node: 'test', provider: 'cpu', device: 'none', version: '0.1.0', plugins: [...pluginNames(builtinPlugins)] });
    const { leases: [lease] } = await agents.acquireLeases({ session, requestId: randomUUID(), maxLeases: 1, waitMs: 20_000 });
    await sleep(3_500);
    return (await agents.completeShard({ session, shardId: lease!.shardId, fence: lease!.fence, objects: [], statsJson: '{}' })).result;
  } finally {
    channel.close();
  }
}

let begun: number;
let prometheus: string;
let coordinator: string;
let coordinatorMetrics: string;
const agentMetrics: string[] = [];

/** The instant values of a query, by their labels. */
async function ask(expr: string): Promise<readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]> {
  const response = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`);
  const { status, data, error } = await response.json() as { status: string; error?: string; data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
  if (status !== 'success') throw new Error(`${expr}: ${error}`);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

async function until(what: string, holds: () => Promise<boolean>, seconds = 120): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(300)) if (await holds()) return;
  throw new Error(`${what}: not within ${seconds} s`);
}

beforeAll(async () => {
  ({ listening: coordinator, metrics: coordinatorMetrics } = await start(process.execPath, [
    join(root, 'apps/coordinator/bin/neuron-atlas-coordinator.js'), '--state', join(folder, 'state'), '--metrics', '127.0.0.1:0',
    '--lease-ttl-ms', '3000', '--heartbeat-ms', '700', '--reaper-ms', '300',
  ], 'listening') as { listening: string; metrics: string });
  for (const id of ['one', 'two']) {
    const port = await freePort();
    agentMetrics.push(`127.0.0.1:${port}`);
    await start(process.execPath, [
      join(root, 'apps/gpu-agent/bin/neuron-atlas-agent.js'), '--coordinator', coordinator, '--id', id, '--provider', 'cpu', '--threads', '1',
      '--cache', join(folder, 'cache'), '--scratch', join(folder, id), '--metrics', `127.0.0.1:${port}`,
    ], 'agent');
  }
  const port = await freePort();
  prometheus = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, 'rules.yaml'), stringify(plainRules()));
  writeFileSync(join(folder, 'prometheus.yaml'), stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: [
      { job_name: 'coordinator', static_configs: [{ targets: [coordinatorMetrics] }] },
      { job_name: 'agent', static_configs: [{ targets: agentMetrics }] },
    ],
  }));
  mkdirSync(join(folder, 'tsdb'));
  await start('prometheus', ['--config.file=prometheus.yaml', `--storage.tsdb.path=${join(folder, 'tsdb')}`, `--web.listen-address=127.0.0.1:${port}`]);
  await until('prometheus is ready', async () => (await fetch(`${prometheus}/-/ready`).catch(() => undefined))?.status === 200);
  begun = Math.floor(Date.now() / 1000);
});

afterAll(async () => {
  for (const child of children.reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(20_000)]);
    child.kill('SIGKILL');
  }
  rmSync(folder, { recursive: true, force: true });
});

describe('a cluster that Prometheus watches', () => {
  it('runs a sweep to S3 through a frozen agent, a late report, a killed engine, a pause and a model that is gone', async () => {
    const output = `s3://${process.env['S3_TEST_BUCKET']}/live-${process.pid}`;
    await writeSmallSweep(join(folder, 'spec'), output, 4000);
    const submitted = neuronAtlas(['submit', 'sweep.yaml', '--watch', '--coordinator', coordinator], join(folder, 'spec'));
    const agentPid = (index: number): number => children[1 + index]!.pid!;
    await until('both agents compute', async () => (await ask('sum(neuronatlas_shards{state="leased"})'))[0]?.value === 2);
    expect(await reportTooLate()).toBe(CommitResult.FENCED);
    await until('the end of its lease is seen', async () => ((await ask('sum(neuronatlas_lease_expired_total)'))[0]?.value ?? 0) > 0);
    const mistake = () => neuronAtlas(['status', 'sw-0000000000', '--coordinator', coordinator], folder);
    expect((await mistake()).code).toBe(1);
    // Frozen past its lease, then let go: it gives its shard up.
    const expired = (await ask('sum(neuronatlas_lease_expired_total)'))[0]?.value ?? 0;
    process.kill(agentPid(0), 'SIGSTOP');
    for (const engine of await descendants(agentPid(0), 'engine')) process.kill(engine, 'SIGCONT');
    await until('the lease of the frozen agent ends', async () => ((await ask('sum(neuronatlas_lease_expired_total)'))[0]?.value ?? 0) > expired);
    process.kill(agentPid(0), 'SIGCONT');
    for (const engine of await descendants(agentPid(1), 'engine')) process.kill(engine, 'SIGKILL');
    await until('an engine was replaced', async () => ((await ask('sum(neuronatlas_agent_engine_starts_total{replaced="true"})'))[0]?.value ?? 0) > 0);
    const [id] = /sw-[0-9a-f]{10}/.exec((await neuronAtlas(['sweeps', '--json', '--coordinator', coordinator], folder)).stdout) ?? [''];
    await neuronAtlas(['pause', id, '--coordinator', coordinator], folder);
    await until('work was given back', async () => ((await ask('sum(neuronatlas_shard_released_total)'))[0]?.value ?? 0) > 0);
    await neuronAtlas(['resume', id, '--coordinator', coordinator], folder);
    await mistake();
    const { code, stderr, stdout } = await submitted;
    expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });

    // A sweep of another model, which is damaged in the store before an agent has fetched it: every shard fails.
    await writeSmallSweep(join(folder, 'gone'), `${output}-gone`, 50);
    copyFileSync(join(root, 'examples/demo/demo.onnx'), join(folder, 'gone/small.onnx'));
    const failedBefore = (await ask('sum(neuronatlas_shard_failed_total)'))[0]?.value ?? 0;
    for (const child of children.slice(1, 3)) child.kill('SIGSTOP');
    await neuronAtlas(['submit', 'sweep.yaml', '--coordinator', coordinator], join(folder, 'gone'));
    const store = await openStore(`${output}-gone`);
    for await (const key of store.list('model/')) await store.put(key, new Uint8Array([1, 2, 3]));
    for (const child of children.slice(1, 3)) child.kill('SIGCONT');
    await until('its failures were counted', async () => ((await ask('sum(neuronatlas_shard_failed_total)'))[0]?.value ?? 0) > failedBefore);
    await until('it has ended', async () => (await ask('sum(neuronatlas_sweeps{state=~"running|paused"})'))[0]?.value === 0);
  }, 600_000);

  it('shows every metric that a dashboard or an alert asks for, with data', async () => {
    await sleep(3_000);
    const response = await fetch(`${prometheus}/api/v1/label/__name__/values`);
    const there = new Set(((await response.json()) as { data: string[] }).data);
    const recorded = new Set(plainRules().groups.flatMap(({ rules }) => rules.flatMap(({ record }) => (record === undefined ? [] : [record]))));
    const asked = new Set(allQueries().flatMap((expr) => metricsOf(expr)));
    expect(asked.size).toBeGreaterThan(25);
    for (const metric of asked) {
      if (recorded.has(metric)) continue;
      if (metric in conditional) expect(there.has(metric), `${metric} is listed as conditional and is there`).toBe(false);
      else expect(there.has(metric), metric).toBe(true);
    }
    for (const metric of Object.keys(conditional)) expect([...asked], metric).toContain(metric);
  });

  it('answers every query of every dashboard without an error', async () => {
    for (const expr of allQueries()) await ask(expr);
    const [backlog] = await ask('count(neuronatlas_sweeps)');
    expect(backlog!.value).toBeGreaterThan(0);
  });

  it('keeps the conventions of names, by promtool', async () => {
    for (const target of [coordinatorMetrics, ...agentMetrics]) {
      const text = await (await fetch(`http://${target}/metrics`)).text();
      expect(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })).toBe('');
      expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length).toBeLessThan(700);
    }
  });

  it('tells from what was scraped alone how fast it was, on what, what was lost and how that was borne', async () => {
    const total = async (expr: string): Promise<number> => (await ask(`sum(${expr})`))[0]?.value ?? 0;
    // 30 units in four layers, whoever made them and however often.
    expect(await total('neuronatlas_units_committed_total{model="small"}')).toBe(30);
    const byCard = await ask('neuronatlas:agent_units_processed:rate5m{model="small"}');
    expect(byCard.length).toBeGreaterThan(0);
    for (const { labels, value } of byCard) {
      expect(labels['device']).not.toBe('');
      expect(value).toBeGreaterThan(0);
    }
    expect((await ask('neuronatlas:agent_busy:ratio_rate5m'))[0]!.value).toBeGreaterThan(0);
    const shares = await ask('neuronatlas:agent_phase:ratio_rate5m');
    for (const phase of ['idle', 'load', 'compute', 'upload']) expect(shares.find(({ labels }) => labels['phase'] === phase)?.value, phase).toBeGreaterThan(0);
    expect(shares.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(1, 6);
    // The late agent and the frozen one: both shards were taken up again, no sooner than a lease lives.
    expect(await total('neuronatlas_lease_expired_total')).toBeGreaterThanOrEqual(2);
    expect(await total('neuronatlas_lease_recovery_seconds_count')).toBeGreaterThanOrEqual(2);
    expect(await total('neuronatlas_lease_recovery_seconds_sum')).toBeGreaterThan(2 * 2.9);
    expect(await total('neuronatlas_shard_completed_total{outcome="fenced"}')).toBeGreaterThanOrEqual(1);
    expect(await total('neuronatlas_agent_self_fenced_total')).toBeGreaterThan(0);
    expect(await total('neuronatlas_shard_completed_total{outcome="committed"}')).toBeGreaterThan(0);
    expect(await total('neuronatlas_result_bytes_committed_total')).toBeGreaterThan(1000);
    expect(await total('neuronatlas_shard_completed_total{outcome="mismatch"}')).toBe(0);
    const sawBacklog = await ask('max_over_time(neuronatlas_backlog_gpu_seconds[10m])');
    expect(Math.max(...sawBacklog.map(({ value }) => value))).toBeGreaterThan(0);
    expect((await ask('max_over_time(neuronatlas:eta_seconds[10m])')).length).toBeGreaterThan(0);
  });

  it('asks for agents while there is work, leased work included, and for none when it is done', async () => {
    const object = parse(readFileSync(join(root, 'deploy/k8s/components/keda/scaled-object.yaml'), 'utf8')) as { spec: { minReplicaCount: number; triggers: { metadata: { query: string; activationThreshold: string } }[] } };
    const { query, activationThreshold } = object.spec.triggers[0]!.metadata;
    expect(object.spec.minReplicaCount).toBe(0);
    // Moments in which all that was left was under way, but for those of the pause: a paused sweep wants no agents, and for a
    // moment its last shard may still be in the hands of one that is about to give it back.
    const underWay = '(sum(neuronatlas_shards{state="leased"}) > 0 unless sum(neuronatlas_shards{state="ready"}) > 0 unless sum(neuronatlas_sweeps{state="paused"}) > 0)';
    const [then] = await ask(`min_over_time(((${query.trim()}) and on () ${underWay})[10m:1s])`);
    expect(then!.value).toBeGreaterThan(0);
    for (const { value } of await ask(query)) expect(value).toBeLessThanOrEqual(Number(activationThreshold));
  });

  it.each([...readBoards()])('fills the dashboard %s, but for panels that want what is not here', async (name, board) => {
    const to = Math.floor(Date.now() / 1000);
    const range = { from: begun, to, step: Math.max(1, Math.ceil((to - begun) / 400)) };
    const data = await queryBoard(prometheus, board, range);
    const absences = new Map(board.panels.flatMap(({ title, targets }) => {
      const [why] = (targets ?? []).flatMap(({ expr }) => metricsOf(expr)).flatMap((metric) => conditional[metric] ?? []);
      return why === undefined ? [] : [[title, `no data here: needs ${why}`] as const];
    }));
    const empty = data.filter(({ panel, series }) => panel.type !== 'row' && series.length === 0).map(({ panel }) => panel.title);
    expect(empty).toEqual([...absences.keys()]);
    const folder = join(process.env['NEURON_ATLAS_DEPLOY_CACHE']!, 'dashboards');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.png`), await drawBoard(process.env['CHROMIUM']!, board, data, range, absences));
  });
});

/** The expressions of all dashboards and rules. */
function allQueries(): readonly string[] {
  return [
    ...[...readBoards().values()].flatMap((board) => board.panels.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => fill(board, expr)))),
    ...plainRules().groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ];
}

/** Names of series in an expression: what stands before a selector, an operator or a closing bracket and is no function or label. */
function metricsOf(expr: string): readonly string[] {
  const bare = expr.replace(/"[^"]*"/g, '""').replace(/\{[^}]*\}/g, '{}').replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/\b(neuronatlas[\w:]*|DCGM_\w+|nodejs_\w+|process_\w+)\b/g)].map(([, name]) => name!);
}
