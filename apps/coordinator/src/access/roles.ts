import { AccessServiceDefinition, AgentServiceDefinition, SweepServiceDefinition } from '@neuron-atlas/proto';

/** What a caller may be; an operator may do what a submitter may, a submitter what a viewer may. */
export const roles = ['viewer', 'submitter', 'operator', 'agent'] as const;
export type Role = (typeof roles)[number];

const viewer: readonly Role[] = ['viewer', 'submitter', 'operator'];
const submitter: readonly Role[] = ['submitter', 'operator'];
const operator: readonly Role[] = ['operator'];
const agent: readonly Role[] = ['agent'];
/** For people; and for agents, of the sweeps that they hold a lease of. */
const viewerOrHolder: readonly Role[] = [...viewer, 'agent'];

type Methods<T extends { readonly methods: object }> = Readonly<Record<keyof T['methods'], readonly Role[]>>;

/** Who may make which call. A call that is added to a service and not here does not compile. */
export const agentGrants: Methods<typeof AgentServiceDefinition> = {
  register: agent, acquireLeases: agent, heartbeat: agent, completeShard: agent, failShard: agent, releaseLeases: agent,
};
export const sweepGrants: Methods<typeof SweepServiceDefinition> = {
  getSweep: viewer, listSweeps: viewer, watchSweep: viewer, listAgents: viewer,
  getManifest: viewerOrHolder, listQuarantine: viewerOrHolder,
  submitSweep: submitter, pauseSweep: submitter, resumeSweep: submitter, cancelSweep: submitter, retrySweep: submitter,
  shareSweep: operator, holdOutput: operator, freeOutput: operator,
};
export const accessGrants: Methods<typeof AccessServiceDefinition> = {
  createToken: operator, listTokens: operator, revokeToken: operator, listAudit: operator,
};

const services = [
  [AgentServiceDefinition, agentGrants], [SweepServiceDefinition, sweepGrants], [AccessServiceDefinition, accessGrants],
] as const;

/** Calls that change something for people: each leaves a line in the audit. */
const changing: readonly string[] = ['SubmitSweep', 'PauseSweep', 'ResumeSweep', 'CancelSweep', 'RetrySweep', 'ShareSweep', 'HoldOutput', 'CreateToken', 'RevokeToken'];

export interface Grant {
  readonly roles: readonly Role[];
  readonly audited: boolean;
}

/** By path, `/neuron_atlas.v1.SweepService/GetSweep`; what is not here is nobody's to call. */
export const grants: ReadonlyMap<string, Grant> = new Map(services.flatMap(([service, granted]) =>
  Object.entries(service.methods as Readonly<Record<string, { readonly name: string }>>).map(([key, { name }]): [string, Grant] =>
    [`/${service.fullName}/${name}`, { roles: (granted as Readonly<Record<string, readonly Role[]>>)[key] ?? [], audited: changing.includes(name) }])));
