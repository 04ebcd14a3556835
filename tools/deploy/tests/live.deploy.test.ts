import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openStore } from '@neuron-atlas/blobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { descendants, neuronAtlas, writeSmallSweep } from '../../../apps/cli/src/e2e/small-sweep.fixture.js';
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
  it('runs a sweep to S3 through a frozen agent, a killed engine, a pause and a model that is gone', async () => {
    const output = `s3://${process.env['S3_TEST_BUCKET']}/live-${process.pid}`;
    await writeSmallSweep(join(folder, 'spec'), output, 4000);
    const submitted = neuronAtlas(['submit', 'sweep.yaml', '--watch', '--coordinator', coordinator], join(folder, 'spec'));
    const agentPid = (index: number): number => children[1 + index]!.pid!;
    await until('both agents compute', async () => (await ask('sum(neuronatlas_shards{state="leased"})'))[0]?.value === 2);
    // Frozen past its lease, then let go: what it reports comes too late.
    process.kill(agentPid(0), 'SIGSTOP');
    for (const engine of await descendants(agentPid(0), 'engine')) process.kill(engine, 'SIGCONT');
    await until('the lease of the frozen agent ends', async () => ((await ask('sum(neuronatlas_lease_expired_total)'))[0]?.value ?? 0) > 0);
    process.kill(agentPid(0), 'SIGCONT');
    for (const engine of await descendants(agentPid(1), 'engine')) process.kill(engine, 'SIGKILL');
    await until('an engine was replaced', async () => ((await ask('sum(neuronatlas_agent_engine_starts_total{replaced="true"})'))[0]?.value ?? 0) > 0);
    const [id] = /sw-[0-9a-f]{10}/.exec((await neuronAtlas(['sweeps', '--json', '--coordinator', coordinator], folder)).stdout) ?? [''];
    await neuronAtlas(['pause', id, '--coordinator', coordinator], folder);
    await until('work was given back', async () => ((await ask('sum(neuronatlas_shard_released_total)'))[0]?.value ?? 0) > 0);
    await neuronAtlas(['resume', id, '--coordinator', coordinator], folder);
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
  });

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
    for (const expr of allQueries()) await ask(expr.replace(/\$\w+/g, '.+'));
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
    const byCard = await ask('sum by (model, device) (rate(neuronatlas_agent_units_processed_total[5m]) * on (instance) group_left (device) neuronatlas_agent_info)');
    expect(byCard.length).toBeGreaterThan(0);
    for (const { labels, value } of byCard) {
      expect(labels['device']).not.toBe('');
      expect(value).toBeGreaterThan(0);
    }
    expect((await ask('neuronatlas:agent_busy:ratio_rate5m'))[0]!.value).toBeGreaterThan(0);
    for (const phase of ['idle', 'load', 'compute', 'upload']) expect(await total(`neuronatlas_agent_busy_seconds_total{phase="${phase}"}`), phase).toBeGreaterThan(0);
    expect(await total('neuronatlas_lease_expired_total')).toBeGreaterThan(0);
    expect(await total('neuronatlas_shard_completed_total{outcome="committed"}')).toBeGreaterThan(0);
    expect(await total('neuronatlas_result_bytes_committed_total')).toBeGreaterThan(1000);
    expect(await total('neuronatlas_shard_completed_total{outcome="mismatch"}')).toBe(0);
    const sawBacklog = await ask('max_over_time(neuronatlas_backlog_gpu_seconds[10m])');
    expect(Math.max(...sawBacklog.map(({ value }) => value))).toBeGreaterThan(0);
    expect((await ask('max_over_time(neuronatlas:eta_seconds[10m])')).length).toBeGreaterThan(0);
  });
});

/** The expressions of all dashboards and rules. */
function allQueries(): readonly string[] {
  const boards = readdirSync(join(root, 'deploy/grafana/dashboards')).filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(root, 'deploy/grafana/dashboards', name), 'utf8')) as { panels: { targets?: { expr: string }[] }[] });
  return [
    ...boards.flatMap(({ panels }) => panels.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => expr))),
    ...plainRules().groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ];
}

/** Names of series in an expression: what stands before a selector, an operator or a closing bracket and is no function or label. */
function metricsOf(expr: string): readonly string[] {
  const bare = expr.replace(/"[^"]*"/g, '""').replace(/\{[^}]*\}/g, '{}').replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/\b(neuronatlas[\w:]*|DCGM_\w+|nodejs_\w+|process_\w+)\b/g)].map(([, name]) => name!);
}
