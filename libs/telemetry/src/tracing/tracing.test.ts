import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { inSpan, markSpan, traceParent } from './in-span.js';
import { phaseSpans } from './phase-spans.js';
import { startTracing } from './start-tracing.js';

interface Span { readonly name: string; readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string; readonly status: { readonly code?: number; readonly message?: string } }
interface Body { readonly resourceSpans: readonly { readonly resource: { readonly attributes: readonly unknown[] }; readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[] }

let collector: Server | undefined;
afterAll(() => { collector?.close(); });

describe('tracing', () => {
  // First: what was started once stays for the process.
  it('is nothing at all where no collector is named', async () => {
    await using _nothing = await startTracing({ component: 'test', version: '1', env: {} });
    expect(await inSpan('work', {}, () => Promise.resolve(traceParent()))).toBe('');
    expect(markSpan('moment', {}, '')).toBe('');
    await expect(inSpan('work', {}, () => Promise.reject(new Error('as it was')))).rejects.toThrow('as it was');
  });

  it('sends spans that hang together, with what failed by its code alone', async () => {
    const bodies: Body[] = [];
    collector = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('end', () => {
        bodies.push(JSON.parse(text) as Body);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => { collector!.listen(0, '127.0.0.1', resolve); });
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    const tracing = await startTracing({ component: 'test', version: '1', env: process.env });
    const here = await inSpan('submit', {}, () => Promise.resolve(traceParent()));
    expect(here).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const elsewhere = markSpan('acquire', { shard: 's/1' }, here);
    await inSpan('shard', {}, async () => {
      using phases = phaseSpans();
      for (const phase of ['compile', 'ascend', 'ascend']) phases.enter(phase);
      await inSpan('upload', {}, () => Promise.reject(Object.assign(new Error('no access to s3://secret'), { code: 'BLOBS_DENIED' })));
    }, elsewhere).catch(() => undefined);
    await tracing[Symbol.asyncDispose]();

    const spans = bodies.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    const by = (name: string): Span => spans.find((span) => span.name === name)!;
    expect(spans.map(({ name }) => name).sort()).toEqual(['acquire', 'ascend', 'compile', 'shard', 'submit', 'upload']);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const parents = Object.fromEntries(spans.map(({ name, parentSpanId }) => [name, spans.find(({ spanId }) => spanId === parentSpanId)?.name]));
    expect(parents).toEqual({ submit: undefined, acquire: 'submit', shard: 'acquire', compile: 'shard', ascend: 'shard', upload: 'shard' });
    expect(by('upload').status).toEqual({ code: 2, message: 'BLOBS_DENIED' });
    expect(JSON.stringify(bodies)).not.toContain('secret');
    expect(JSON.stringify(bodies[0]!.resourceSpans[0]!.resource.attributes)).toContain('neuron-atlas-test');
  });
});
