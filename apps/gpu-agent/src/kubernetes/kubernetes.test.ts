import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nobody } from '../supervisor/observer.js';
import { deletionCost } from './deletion-cost.js';
import { annotatePod, podIdentity, type PodIdentity } from './pod-annotation.js';

const ended = { outcome: 'committed', stage: 'synthesis', model: 'm', units: 8 } as const;
const settled = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('deletionCost', () => {
  it('is nothing while the agent is idle, grows with the age of its shard, and is told only when it changes', async () => {
    const costs: number[] = [];
    let now = 0;
    using cost = deletionCost(nobody, { write: async (value) => { costs.push(value); }, now: () => now, onError: (error) => { throw error; } });
    cost.observer.phase('idle');
    cost.observer.phase('idle');
    cost.observer.phase('load');
    cost.observer.phase('compute');
    now += 59_000;
    cost.observer.phase('compute');
    now += 181_000;
    cost.observer.phase('upload');
    cost.observer.shardEnded(ended);
    cost.observer.phase('idle');
    cost.observer.phase('load');
    await settled();
    expect(costs).toEqual([0, 10, 14, 0, 10]);
  });

  it('writes again what could not be written', async () => {
    const costs: number[] = [];
    const problems: unknown[] = [];
    let broken = true;
    using cost = deletionCost(nobody, {
      write: async (value) => {
        if (broken) throw new Error('no API server');
        costs.push(value);
      },
      now: () => 0, onError: (error) => problems.push(error),
    });
    cost.observer.phase('idle');
    await settled();
    broken = false;
    cost.observer.phase('idle');
    await settled();
    expect(problems).toHaveLength(1);
    expect(costs).toEqual([0]);
  });
});

describe('annotatePod', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pod-'));
  let server: Server;
  const calls: { readonly method?: string; readonly url?: string; readonly token?: string; readonly type?: string; readonly body: string }[] = [];
  let identity: PodIdentity;
  beforeAll(async () => {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'ca.crt')], { stdio: 'ignore' });
    writeFileSync(join(folder, 'token'), 'the-token\n');
    server = createServer({ key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'ca.crt')) }, (request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => { body += part.toString(); }).on('end', () => {
        calls.push({ method: request.method!, url: request.url!, token: request.headers.authorization!, type: request.headers['content-type']!, body });
        const refused = request.url!.endsWith('/other');
        response.writeHead(refused ? 403 : 200).end(refused ? 'pods "other" is forbidden' : '{}');
      });
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    identity = { host: '127.0.0.1', port: (server.address() as AddressInfo).port, namespace: 'ns', pod: 'agent-0', accountDir: folder };
  });
  afterAll(async () => {
    await new Promise((resolve) => { server.close(resolve); });
    rmSync(folder, { recursive: true, force: true });
  });

  it('patches the one annotation of its own pod, as the account of the pod, over TLS by the cluster\'s authority', async () => {
    await annotatePod(identity, 'controller.kubernetes.io/pod-deletion-cost', '12');
    expect(calls).toEqual([{
      method: 'PATCH', url: '/api/v1/namespaces/ns/pods/agent-0', token: 'Bearer the-token', type: 'application/merge-patch+json',
      body: '{"metadata":{"annotations":{"controller.kubernetes.io/pod-deletion-cost":"12"}}}',
    }]);
  });

  it('says what the API server refused', async () => {
    await expect(annotatePod({ ...identity, pod: 'other' }, 'a', 'b')).rejects.toMatchObject({ code: 'AGENT_ANNOTATION_REFUSED', details: { pod: 'ns/other', status: 403, detail: 'pods "other" is forbidden' } });
  });

  it('knows when it is in no pod', () => {
    expect(() => podIdentity({ POD_NAME: 'a' })).toThrow(expect.objectContaining({ code: 'AGENT_NOT_IN_A_POD', details: { missing: ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'POD_NAMESPACE'] } }));
    expect(podIdentity({ POD_NAME: 'a', POD_NAMESPACE: 'n', KUBERNETES_SERVICE_HOST: 'h', KUBERNETES_SERVICE_PORT: '443' })).toMatchObject({ host: 'h', port: 443, namespace: 'n', pod: 'a' });
  });
});
