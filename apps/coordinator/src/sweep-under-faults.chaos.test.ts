import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFaketime } from '@neuron-atlas/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, type Line } from './testing/chaos/cluster.js';
import { faults, type FaultKind } from './testing/chaos/faults.js';
import { readHistory, recordHistory, violations, type Change } from './testing/chaos/history.js';
import { committed, hashesOf, unitRows, type ManifestRow } from './testing/chaos/outcome.js';
import { overAndDone, runChaos, submitSmall, type ChaosRun } from './testing/chaos/run-chaos.js';
import { totalUnits } from './testing/chaos/small-sweep.js';

// Read here as tools/test-chaos.mjs sets them.
const seed = Number(process.env['NEURON_ATLAS_CHAOS_SEED'] ?? 1);
const count = Number(process.env['NEURON_ATLAS_CHAOS_FAULTS'] ?? 200);
const endpoint = process.env['AWS_ENDPOINT_URL_S3'] ?? '';
const kept = process.env['NEURON_ATLAS_CHAOS_FOLDER'];

const steps = 1200;
const leases = { ttlMs: 3000, heartbeatMs: 500, reaperMs: 300 };
/** Few: sweeps are lots, of which rows are made again and again. */
const windowShards = 4;
const place = `s3://${process.env['S3_TEST_BUCKET'] ?? ''}/chaos-${seed}`;

const folder = kept ?? mkdtempSync(join(tmpdir(), 'neuron-atlas-chaos-'));
const lines: Line[] = [];
let cluster: Cluster;
let undisturbed: Readonly<Record<string, string>>;
let run: ChaosRun;
let history: readonly Change[];
const manifests = new Map<string, readonly ManifestRow[]>();

const refusedReports = (): readonly Line[] => lines.filter(({ msg }) => msg === 'report of a finished shard came too late and changed nothing');

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const faketime = findFaketime();
  cluster = await Cluster.start({ folder, s3Endpoint: endpoint, coordinators: 2, agents: 4, leases, windowShards, faketime, namespaces: true, onLine: (line) => { lines.push(line); } });
  const namespaces = cluster.agents.some(({ namespace }) => namespace !== undefined);
  if (faketime === undefined) console.log('chaos: no clocks are set: libfaketime is not installed');
  if (!namespaces) console.log('chaos: no network is parted: this machine permits no namespaces; links are refused and swallowed by proxies all the same');
  await recordHistory(cluster);
  await overAndDone(cluster, await submitSmall(cluster, `${place}/undisturbed`, { steps, endpoint }));
  undisturbed = await hashesOf(`${place}/undisturbed`, endpoint);

  const without: FaultKind[] = [...(faketime === undefined ? ['clock of an agent jumps', 'clock of a coordinator jumps'] as const : []), ...(namespaces ? [] : ['network partitioned'] as const)];
  const begun = performance.now();
  run = await runChaos(cluster, { seed, faults: count, without, ttlMs: leases.ttlMs, steps, output: (n) => `${place}/sweep-${n}`, endpoint, refused: () => refusedReports().length > 0 });
  history = await readHistory(cluster);
  for (const { id } of run.sweeps) manifests.set(id, await committed(cluster, id));
  const kinds = [...run.struck].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, times]) => `${times} × ${kind}`).join(', ');
  const leasesTaken = history.filter(({ is }) => is.state === 'leased').length;
  console.log(`chaos: seed ${seed}, ${count} faults in ${((performance.now() - begun) / 1000).toFixed(0)} s: ${kinds}`);
  console.log(`chaos: ${run.sweeps.length} sweeps of ${totalUnits} units, ${leasesTaken} leases, ${history.length} changes of shards; ${run.retries} times a person had shards tried again`);
  const [checkpoints, resumed] = ['shard given back', 'shard leased'].map((what) => lines.filter(({ msg, checkpoints: kept }) => msg === what && Number(kept) > 0).length);
  console.log(`chaos: ${checkpoints} shards were given back with what was finished of them, ${resumed} times somebody went on from there`);
  console.log(`chaos: ${refusedReports().length} reports of zombies arrived and were refused`);
}, 1_500_000);

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
}, 120_000);

describe(`a sweep under faults of every kind, seed ${seed}`, () => {
  it('met them all', () => {
    expect([...run.struck.values()].reduce((a, b) => a + b, 0)).toBe(count);
    if (count >= Object.keys(faults).length) for (const times of run.struck.values()) expect(times).toBeGreaterThan(0);
  });

  it('refuses what zombies report, and some did', () => { expect(refusedReports().length).toBeGreaterThan(0); });

  it('keeps every invariant of the state machine at every change of a shard', async () => {
    // Nothing went past the recorder: each shard was claimed and committed, and those that a fault took from their agents more than once.
    const names = (of: readonly { readonly sweep: string; readonly seq: number }[]): readonly string[] => of.map(({ sweep, seq }) => `${sweep}/${seq}`);
    const shards = names(await cluster.query<{ sweep: string; seq: number }>('SELECT sweep_id AS sweep, seq FROM shard'));
    const claims = names(history.filter(({ is }) => is.state === 'leased'));
    expect(new Set(claims)).toEqual(new Set(shards));
    expect(new Set(names(history.filter(({ is }) => is.state === 'done')))).toEqual(new Set(shards));
    expect(claims.length).toBeGreaterThan(shards.length);
    expect(violations(history)).toEqual([]);
  });

  it('ends with no shard stuck', async () => {
    expect(await cluster.query(`SELECT sweep_id, seq, state FROM shard WHERE state <> 'done'`)).toEqual([]);
    expect(await cluster.query(`SELECT id, state FROM sweep WHERE state <> 'done'`)).toEqual([]);
  });

  it('writes the manifest of a shard with its commit, once, and changes no row of it', async () => {
    const commits = history.filter(({ stage, is }) => stage !== 'publish' && is.state === 'done').map(({ sweep, seq }) => `${sweep}/${seq}`);
    expect(new Set(commits).size).toBe(commits.length);
    const ops = await cluster.query<{ op: string; publish: boolean; times: number }>(`
      SELECT op, stage = 'publish' AS publish, count(*)::integer AS times FROM history_object h JOIN shard s ON s.sweep_id = h.sweep AND s.seq = h.seq GROUP BY 1, 2`);
    expect(ops.filter(({ op, publish }) => op === 'UPDATE' || (op === 'DELETE' && !publish))).toEqual([]);
    for (const rows of manifests.values()) expect(rows.filter(({ state }) => state !== 'done')).toEqual([]);
  });

  it('has in the store every object that a manifest names, with its bytes', async () => {
    for (const { id, output } of run.sweeps) {
      const stored = await hashesOf(output, endpoint);
      for (const { key, sha256 } of manifests.get(id)!) expect([key, stored[key]]).toEqual([key, sha256]);
    }
  });

  it('commits every unit exactly once', async () => {
    for (const [n, { id, output }] of run.sweeps.entries()) {
      const rows = await unitRows(output, endpoint, manifests.get(id)!, join(folder, `read-${n}`));
      expect(rows.size).toBe(totalUnits);
      expect([...rows].filter(([, times]) => times !== 1)).toEqual([]);
    }
  });

  it('leaves the bytes of an undisturbed sweep, and no object beside them', async () => {
    for (const { output } of run.sweeps) expect(await hashesOf(output, endpoint)).toEqual(undisturbed);
  });

  it('meets no fault of the program, and no shard with two results', () => {
    const ours = lines.filter(({ msg, error, code }) => msg === 'a call failed for a reason that is ours' || code === 'COORDINATOR_MANIFEST_MISMATCH'
      || ['AGENT_FAULT', 'AGENT_BAD_TASK', 'AGENT_MODEL_CHANGED', 'AGENT_PART_CHANGED'].includes((error as { code?: string } | undefined)?.code ?? ''));
    expect(ours).toEqual([]);
  });
});
