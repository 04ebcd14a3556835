import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../apps/coordinator/src/config.js';
import { readConfig } from '../../../apps/gpu-agent/src/config.js';
import { defaultTiming } from '../../../apps/gpu-agent/src/supervisor/timing.js';
import { render, workloads, type Container, type Workload } from './render.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const overlays = readdirSync(join(root, 'deploy/k8s/overlays')).sort();
const operations = readFileSync(join(root, 'docs/deploy.md'), 'utf8');

const tls = mkdtempSync(join(tmpdir(), 'deploy-tls-'));
execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=x', '-keyout', join(tls, 'key.pem'), '-out', join(tls, 'cert.pem')], { stdio: 'ignore' });
afterAll(() => rmSync(tls, { recursive: true, force: true }));

const matches = (selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

describe.each(overlays)('the overlay %s', (overlay) => {
  const { documents, problems, unchecked } = render(join(root, 'deploy/k8s/overlays', overlay));
  const all = workloads(documents);
  const containers = all.flatMap((workload) => workload.pod.containers.map((container): [string, Container, Workload] => [`${workload.manifest.kind} ${workload.manifest.metadata.name}`, container, workload]));
  const named = (kind: string): string[] => documents.filter((document) => document.kind === kind).map(({ metadata }) => metadata.name);

  it('is what Kubernetes and its operators take, with no field that they do not know', () => {
    expect(problems).toEqual([]);
    expect(all.length).toBeGreaterThan(1);
    // Of kinds whose types could not be had, only these.
    expect(unchecked.every((what) => what.startsWith('postgresql.cnpg.io/v1/Cluster '))).toBe(true);
  });

  it('puts everything that has a namespace into one', () => {
    const outside = new Set(['Namespace', 'ClusterQueue', 'ResourceFlavor', 'PriorityClass']);
    for (const document of documents) if (!outside.has(document.kind)) expect(document.metadata.namespace, `${document.kind} ${document.metadata.name}`).toBe('neuron-atlas');
  });

  it('has pods behind every service, budget, monitor and policy', () => {
    for (const document of documents) {
      const spec = document.spec as { selector?: Record<string, unknown>; podSelector?: { matchLabels?: Record<string, string> }; scaleTargetRef?: { name: string } } | undefined;
      const selector = document.kind === 'Service' ? spec?.selector : document.kind === 'NetworkPolicy' ? spec?.podSelector?.matchLabels
        : ['PodDisruptionBudget', 'PodMonitor'].includes(document.kind) ? (spec?.selector?.['matchLabels'] as Record<string, string>) : undefined;
      if (selector !== undefined) expect(all.some(({ labels }) => matches(selector as Record<string, string>, labels)), `${document.kind} ${document.metadata.name}`).toBe(true);
      if (document.kind === 'ServiceMonitor') {
        const wanted = (spec?.selector?.['matchLabels'] ?? {}) as Record<string, string>;
        expect(documents.some((service) => service.kind === 'Service' && matches(wanted, service.metadata.labels ?? {})), document.metadata.name).toBe(true);
      }
      if (spec?.scaleTargetRef !== undefined) expect(named('Deployment')).toContain(spec.scaleTargetRef.name);
    }
  });

  it('selects with each workload its own pods and nobody else\'s', () => {
    for (const { manifest, labels } of all) {
      const selector = (manifest.spec as { selector?: { matchLabels?: Record<string, string> } }).selector?.matchLabels;
      if (selector === undefined) continue;
      expect(matches(selector, labels), manifest.metadata.name).toBe(true);
      for (const other of all) if (other.manifest !== manifest && other.manifest.kind !== 'Job') expect(matches(selector, other.labels), `${manifest.metadata.name} and ${other.manifest.metadata.name}`).toBe(false);
    }
  });

  it('probes and serves ports that the containers have', () => {
    for (const [where, container] of containers) {
      const ports = new Set((container.ports ?? []).flatMap(({ name, containerPort }) => [name, containerPort]));
      for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
        if (probe?.httpGet !== undefined) expect(ports, `${where}: ${probe.httpGet.path}`).toContain(probe.httpGet.port);
      }
    }
    for (const service of documents.filter(({ kind }) => kind === 'Service')) {
      const spec = service.spec as { selector: Record<string, string>; ports: { targetPort: string }[] };
      const behind = all.filter(({ labels }) => matches(spec.selector, labels));
      for (const { targetPort } of spec.ports) for (const { pod } of behind) expect(pod.containers.flatMap(({ ports }) => (ports ?? []).map(({ name }) => name)), service.metadata.name).toContain(targetPort);
    }
  });

  it('names no secret, config map, claim, account or volume that is neither here nor documented', () => {
    // What operators make: cert-manager from a Certificate, CloudNativePG from a Cluster.
    const made = documents.flatMap((document): string[] => {
      if (document.kind === 'Certificate') return [String((document.spec as { secretName: string }).secretName)];
      if (document.kind === 'Cluster') return [`${document.metadata.name}-app`];
      return [];
    });
    const secrets = new Set([...named('Secret'), ...made]);
    const there = (known: Iterable<string>, name: string, where: string): void => {
      if (![...known].includes(name)) expect(operations, `${where}: ${name}`).toContain(`\`${name}\``);
    };
    for (const { manifest, pod, claimed } of all) {
      const where = manifest.metadata.name;
      if (pod.serviceAccountName !== undefined) expect(named('ServiceAccount'), where).toContain(pod.serviceAccountName);
      const volumes = new Set([...(pod.volumes ?? []).map(({ name }) => name), ...claimed]);
      for (const container of pod.containers) {
        for (const { name } of container.volumeMounts ?? []) expect([...volumes], where).toContain(name);
        for (const { valueFrom } of container.env ?? []) {
          if (valueFrom?.secretKeyRef !== undefined) there(secrets, valueFrom.secretKeyRef.name, where);
          if (valueFrom?.configMapKeyRef !== undefined) there(named('ConfigMap'), valueFrom.configMapKeyRef.name, where);
        }
        for (const { secretRef, configMapRef } of container.envFrom ?? []) {
          if (secretRef !== undefined) there(secrets, secretRef.name, where);
          if (configMapRef !== undefined) there(named('ConfigMap'), configMapRef.name, where);
        }
      }
      for (const volume of (pod.volumes ?? []) as readonly { secret?: { secretName: string }; configMap?: { name: string }; persistentVolumeClaim?: { claimName: string } }[]) {
        if (volume.secret !== undefined) there(secrets, volume.secret.secretName, where);
        if (volume.configMap !== undefined) there(named('ConfigMap'), volume.configMap.name, where);
        if (volume.persistentVolumeClaim !== undefined) there(named('PersistentVolumeClaim'), volume.persistentVolumeClaim.claimName, where);
      }
    }
  });

  it('uses images that deploy/docker makes, with a tag', () => {
    const ours = readdirSync(join(root, 'deploy/docker')).filter((name) => name.endsWith('.Dockerfile')).map((name) => `neuron-atlas-${name.slice(0, -'.Dockerfile'.length)}`);
    for (const [where, { image }] of containers) {
      const [, name, tag] = /^(?:.*\/)?([^/:]+):([^/:]+)$/.exec(image) ?? [];
      expect(tag, `${where}: ${image}`).toBeDefined();
      if (name !== 'postgres') expect(ours, where).toContain(name);
    }
  });

  it('keeps the pod security profile restricted', () => {
    for (const { manifest, pod } of all) {
      const where = manifest.metadata.name;
      expect([pod.hostNetwork, pod.hostPID, pod.hostIPC].some((value) => value === true), where).toBe(false);
      expect(pod.securityContext?.runAsNonRoot, where).toBe(true);
      expect(pod.securityContext?.seccompProfile?.type, where).toBe('RuntimeDefault');
      for (const volume of pod.volumes ?? []) {
        expect(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'], where).toContain(Object.keys(volume).find((key) => key !== 'name'));
      }
      for (const { securityContext } of [...pod.containers, ...pod.initContainers ?? []]) {
        expect(securityContext?.allowPrivilegeEscalation, where).toBe(false);
        expect(securityContext?.privileged ?? false, where).toBe(false);
        expect(securityContext?.capabilities?.drop, where).toEqual(['ALL']);
        expect(securityContext?.capabilities?.add ?? [], where).toEqual([]);
        expect(securityContext?.readOnlyRootFilesystem, where).toBe(true);
      }
    }
  });

  it('gives tokens of the API only where something uses them', () => {
    for (const { manifest, pod } of all) {
      const patches = pod.containers.some(({ args }) => args?.includes('--pod-deletion-cost'));
      expect(pod.automountServiceAccountToken, manifest.metadata.name).toBe(patches);
      if (patches) expect(named('RoleBinding')).toContain(pod.serviceAccountName);
    }
  });

  it('sets memory as a limit that is asked for, and processors without one', () => {
    for (const [where, { resources }] of containers) {
      expect(resources?.limits?.['memory'], where).toBeDefined();
      if (!where.startsWith('StatefulSet')) expect(bytes(resources?.requests?.['memory'] ?? '0'), where).toBeLessThanOrEqual(bytes(resources!.limits!['memory']!));
      expect(resources?.requests?.['cpu'], where).toBeDefined();
      expect(resources?.limits?.['cpu'], where).toBeUndefined();
      expect(resources?.limits?.['nvidia.com/gpu'], where).toBe(resources?.requests?.['nvidia.com/gpu']);
    }
  });

  it('passes options that the programs take, and grace that their stop needs', () => {
    for (const [where, container, { pod }] of containers) {
      const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? (name.endsWith('DATABASE') ? 'postgres://u:p@db:5432/x' : 'some-value')]));
      // Files of the cluster's certificates: those of the test stand in.
      const args = (container.args ?? []).map((arg) => arg.replace(/^(--tls-(cert|key|ca))=\/tls\/.*$/, (_, flag: string, which: string) => `${flag}=${join(tls, `${which === 'key' ? 'key' : 'cert'}.pem`)}`).replace(/\$\((\w+)\)/g, (_, name: string) => env[name] ?? ''));
      if (container.name === 'coordinator') {
        const config = parseConfig(args, env);
        expect(config, where).toMatchObject({ metrics: { port: 9464 }, listen: { port: 7070 } });
        // Endpoints forget the pod, then calls end for up to ten seconds.
        expect(pod.terminationGracePeriodSeconds, where).toBeGreaterThanOrEqual(5 + 10 + 10);
      }
      if (container.name === 'agent') {
        const config = readConfig(args, { ...env, NEURON_ATLAS_AGENT_METRICS: '0.0.0.0:9464' }, { hostName: 'h', homeDir: '/', tempDir: '/tmp' });
        expect(config, where).toMatchObject({ coordinator: 'neuron-atlas-coordinator:7070', metrics: { port: 9464 } });
        expect(pod.terminationGracePeriodSeconds! * 1000, where).toBeGreaterThanOrEqual(defaultTiming.drainMs + defaultTiming.cancelGraceMs + 10_000);
      }
    }
  });
});

describe('the check itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each<[string, string, RegExp]>([
    ['base/coordinator/deployment.yaml', 'replicas: 2', /Deployment neuron-atlas-coordinator: .*unknown field "(spec\.)?replica"/],
    ['base/coordinator/deployment.yaml', 'readinessProbe:', /unknown field ".*readinesProbe"/],
    ['base/agent/disruption-budget.yaml', 'maxUnavailable: 25%', /unknown field ".*maxUnavailabl"/],
    ['components/keda/scaled-object.yaml', 'minReplicaCount: 0', /unknown field ".*minReplicaCoun"/],
    ['components/monitoring/coordinator-monitor.yaml', 'interval: 15s', /unknown field ".*interva"/],
    ['components/network-policy/agent.yaml', 'policyTypes: [Ingress, Egress]', /unknown field ".*policyType"/],
  ])('finds a misspelt field in %s (%s)', (file, field, problem) => {
    const copy = mkdtempSync(join(folder, 'x'));
    cpSync(join(root, 'deploy'), join(copy, 'deploy'), { recursive: true, filter: (from) => !/node_modules|\/dist(\/|$)/.test(from) });
    const path = join(copy, 'deploy/k8s', file);
    const text = readFileSync(path, 'utf8');
    const [key = ''] = field.split(':');
    expect(text).toContain(field);
    const wrong = key === 'readinessProbe' ? 'readinesProbe' : key.slice(0, -1);
    writeFileSync(path, text.replace(field, field.replace(key, wrong)));
    expect(render(join(copy, 'deploy/k8s/overlays/production')).problems.join('\n')).toMatch(problem);
  });

  it('finds a wrong type', () => {
    const copy = mkdtempSync(join(folder, 'x'));
    cpSync(join(root, 'deploy'), join(copy, 'deploy'), { recursive: true, filter: (from) => !/node_modules|\/dist(\/|$)/.test(from) });
    const path = join(copy, 'deploy/k8s/base/coordinator/deployment.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('replicas: 2', 'replicas: two'));
    expect(render(join(copy, 'deploy/k8s/overlays/production')).problems.join('\n')).toMatch(/replicas/);
  });

  it('knows every overlay', () => {
    expect(overlays).toEqual(['local', 'production', 'single-gpu', 'spot']);
    for (const overlay of overlays) expect(existsSync(join(root, 'deploy/k8s/overlays', overlay, 'kustomization.yaml'))).toBe(true);
  });
});

function bytes(quantity: string): number {
  const [, number = '0', unit = ''] = /^([\d.]+)([KMGT]i)?$/.exec(quantity) ?? [];
  return Number(number) * 1024 ** ['', 'Ki', 'Mi', 'Gi', 'Ti'].indexOf(unit);
}

