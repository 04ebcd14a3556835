import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A document of Kubernetes, as far as these tests look into it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: Record<string, unknown>;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

export interface Rendered {
  readonly overlay: string;
  readonly documents: readonly Manifest[];
  readonly unchecked: readonly string[];
  readonly problems: readonly string[];
}

/** An overlay as a cluster would get it, decoded strictly into Kubernetes' own types. */
export function render(folder: string): Rendered {
  const cache = process.env['NEURON_ATLAS_DEPLOY_CACHE'];
  if (cache === undefined) throw new Error('run npm run test:deploy');
  return JSON.parse(execFileSync(join(cache, 'render'), [folder], { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })) as Rendered;
}

export interface Probe { readonly httpGet?: { readonly path: string; readonly port: string | number }; readonly exec?: unknown }

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string }; readonly configMapKeyRef?: { readonly name: string; readonly key: string } } }[];
  readonly envFrom?: readonly { readonly secretRef?: { readonly name: string }; readonly configMapRef?: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly resources?: { readonly requests?: Readonly<Record<string, string>>; readonly limits?: Readonly<Record<string, string>> };
  readonly securityContext?: { readonly allowPrivilegeEscalation?: boolean; readonly readOnlyRootFilesystem?: boolean; readonly privileged?: boolean; readonly runAsNonRoot?: boolean; readonly runAsUser?: number; readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }; readonly seccompProfile?: { readonly type: string } };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface Pod {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: { readonly runAsNonRoot?: boolean; readonly runAsUser?: number; readonly seccompProfile?: { readonly type: string } };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
}

/** A workload: what makes pods, with its pods' labels. */
export interface Workload {
  readonly manifest: Manifest;
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: Pod;
  /** Volumes that its claims give. */
  readonly claimed: readonly string[];
}

export function workloads(documents: readonly Manifest[]): readonly Workload[] {
  return documents.filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind)).map((manifest) => {
    const spec = manifest.spec as { template: { metadata: { labels: Record<string, string> }; spec: Pod }; volumeClaimTemplates?: { metadata: { name: string } }[] };
    return { manifest, labels: spec.template.metadata.labels, pod: spec.template.spec, claimed: (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name) };
  });
}
