import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neuronAtlas, writeSmallSweep } from '../../../apps/cli/src/e2e/small-sweep.fixture.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const folder = mkdtempSync(join(tmpdir(), 'deploy-traces-'));
const children: ChildProcess[] = [];

interface Span {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}
interface Request { readonly resourceSpans: readonly { readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[] }; readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'service'>[] }[] }[] }

/** How far apart two spans of one process may stand, in ns: each begins at the wall clock's whole millisecond and ends at that plus a monotonic duration, and the wall clock may be slewed in between. */
const CLOCK_GRAIN = 10_000_000n;

/** What an OpenTelemetry collector would have been sent. */
const spans: Span[] = [];
let collector: Server;

function start(bin: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const child = spawn(process.execPath, [join(root, bin), ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${bin} ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => { if (line.startsWith('{')) resolve(JSON.parse(line) as Record<string, string>); });
  });
}

beforeAll(async () => {
  collector = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => { body += part; }).on('end', () => {
      for (const { resource, scopeSpans } of (JSON.parse(body) as Request).resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service }))));
      }
      response.writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => { collector.listen(0, '127.0.0.1', resolve); });
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`, OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test' };
  const { listening = '' } = await start('apps/coordinator/bin/neuron-atlas-coordinator.js', ['--state', join(folder, 'state'), '--log-level', 'warn'], env);
  await start('apps/gpu-agent/bin/neuron-atlas-agent.js', [
    '--coordinator', listening, '--id', 'one', '--provider', 'cpu', '--threads', '1', '--cache', join(folder, 'cache'), '--scratch', join(folder, 'scratch'), '--log-level', 'warn',
  ], env);
  await writeSmallSweep(join(folder, 'spec'), join(folder, 'atlas'), 16);
  const { code, stderr } = await neuronAtlas(['submit', 'sweep.yaml', '--watch', '--coordinator', listening], join(folder, 'spec'), env);
  if (code !== 0) throw new Error(stderr);
  // In order: what is not sent yet is sent when a process ends.
  for (const child of children.reverse()) {
    const ended = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill('SIGTERM');
    await ended;
  }
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  collector.close();
  rmSync(folder, { recursive: true, force: true });
});

const attribute = (span: Span, key: string): unknown => Object.values(span.attributes?.find((each) => each.key === key)?.value ?? {})[0];
const named = (service: string, name: string): readonly Span[] => spans.filter((span) => span.service === `neuron-atlas-${service}` && span.name === name);

describe('the trace of a sweep', () => {
  it('is one, from submission to the last commit, through all three programs', () => {
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    expect(byId.size).toBe(spans.length);
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined || parentSpanId === '');
    expect(roots.map(({ service, name }) => [service, name])).toEqual([['neuron-atlas-cli', 'submit']]);
    for (const { name, parentSpanId } of spans) if (name !== 'submit') expect(byId.has(parentSpanId!), name).toBe(true);
  });

  it('shows for each shard how it was acquired, computed, stored and committed, and by whom', () => {
    const shards = named('agent', 'shard');
    // Four layers and publish; as often as they were leased.
    expect(new Set(shards.map((span) => attribute(span, 'atlas.shard'))).size).toBe(5);
    const parentOf = (span: Span): Span => spans.find(({ spanId }) => spanId === span.parentSpanId)!;
    for (const shard of shards) {
      const acquired = parentOf(shard);
      expect([acquired.service, acquired.name, attribute(acquired, 'atlas.shard')]).toEqual(['neuron-atlas-coordinator', 'acquire', attribute(shard, 'atlas.shard')]);
      expect([parentOf(acquired).service, parentOf(acquired).name]).toEqual(['neuron-atlas-coordinator', 'SubmitSweep']);
      const below = spans.filter(({ parentSpanId }) => parentSpanId === shard.spanId);
      const names = below.map(({ name }) => name);
      expect(names).toContain('upload');
      expect(names).toContain('CompleteShard');
      for (const span of below) {
        expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(shard.startTimeUnixNano) - CLOCK_GRAIN);
        expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(shard.endTimeUnixNano) + CLOCK_GRAIN);
      }
    }
    expect(named('agent', 'ascend').length).toBeGreaterThanOrEqual(4);
    expect(named('agent', 'compile').length).toBeGreaterThanOrEqual(4);
    const commits = named('coordinator', 'CompleteShard');
    expect(commits).toHaveLength(5);
    for (const commit of commits) expect([parentOf(commit).service, parentOf(commit).name]).toEqual(['neuron-atlas-agent', 'CompleteShard']);
  });

  it('begins with no poll and no heartbeat, and carries no address, path or key', () => {
    expect(spans.filter(({ name }) => /Heartbeat|AcquireLeases|Register|Watch/.test(name))).toEqual([]);
    expect(JSON.stringify(spans.map(({ name, attributes }) => [name, attributes]))).not.toContain(folder);
  });
});
