import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { errors } from '../errors.js';

/** Where a pod finds its way to the API server, and who it is. */
export interface PodIdentity {
  readonly host: string;
  readonly port: number;
  readonly namespace: string;
  readonly pod: string;
  /** Holds `token` and `ca.crt`; the token changes, and is read for each call. */
  readonly accountDir: string;
}

/** From the environment that Kubernetes gives, and POD_NAME and POD_NAMESPACE, which a manifest must. Errors: AGENT_NOT_IN_A_POD. */
export function podIdentity(env: Readonly<Record<string, string | undefined>>): PodIdentity {
  const wanted = ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'POD_NAME', 'POD_NAMESPACE'] as const;
  const missing = wanted.filter((name) => (env[name] ?? '') === '');
  if (missing.length > 0) throw errors.notInAPod({ missing });
  return {
    host: env['KUBERNETES_SERVICE_HOST']!, port: Number(env['KUBERNETES_SERVICE_PORT']), namespace: env['POD_NAMESPACE']!, pod: env['POD_NAME']!,
    accountDir: '/var/run/secrets/kubernetes.io/serviceaccount',
  };
}

/** Sets one annotation of the pod, and nothing else. Errors: AGENT_ANNOTATION_REFUSED. */
export async function annotatePod({ host, port, namespace, pod, accountDir }: PodIdentity, name: string, value: string): Promise<void> {
  const [token, ca] = await Promise.all([readFile(join(accountDir, 'token'), 'utf8'), readFile(join(accountDir, 'ca.crt'))]);
  const body = JSON.stringify({ metadata: { annotations: { [name]: value } } });
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const call = request({
      host, port, ca, method: 'PATCH', timeout: 10_000,
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`,
      headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/merge-patch+json', 'content-length': Buffer.byteLength(body) },
    }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (part: string) => { answer += part; }).on('error', reject)
        .on('end', () => resolve({ status: response.statusCode ?? 0, text: answer }));
    });
    call.on('timeout', () => call.destroy(new Error('no answer in 10 s'))).on('error', reject).end(body);
  });
  if (status !== 200) throw errors.annotationRefused({ pod: `${namespace}/${pod}`, status, detail: text.slice(0, 300) });
}
