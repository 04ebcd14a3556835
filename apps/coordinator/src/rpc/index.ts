import type { AccessServiceImplementation, AgentServiceImplementation, SweepServiceImplementation } from '@neuron-atlas/proto';
import type { Known } from '../access/authorise.js';
import { acquireLeases } from './acquire-leases.js';
import { cancelSweep } from './cancel-sweep.js';
import { completeShard } from './complete-shard.js';
import { createToken } from './create-token.js';
import type { Deps } from './deps.js';
import { failShard } from './fail-shard.js';
import { freeOutput } from './free-output.js';
import { getManifest } from './get-manifest.js';
import { getSweep } from './get-sweep.js';
import { heartbeat } from './heartbeat.js';
import { holdOutput } from './hold-output.js';
import { listAgents } from './list-agents.js';
import { listAudit } from './list-audit.js';
import { listQuarantine } from './list-quarantine.js';
import { listSweeps } from './list-sweeps.js';
import { listTokens } from './list-tokens.js';
import { pauseSweep } from './pause-sweep.js';
import { register } from './register.js';
import { releaseLeases } from './release-leases.js';
import { resumeSweep } from './resume-sweep.js';
import { retrySweep } from './retry-sweep.js';
import { revokeToken } from './revoke-token.js';
import { shareSweep } from './share-sweep.js';
import { submitSweep } from './submit-sweep.js';
import { watchSweep } from './watch-sweep.js';

/** A missing RPC does not compile. */
export const agentService = (deps: Deps) => ({
  register: register(deps),
  acquireLeases: acquireLeases(deps),
  heartbeat: heartbeat(deps),
  completeShard: completeShard(deps),
  failShard: failShard(deps),
  releaseLeases: releaseLeases(deps),
}) satisfies AgentServiceImplementation<Known>;

export const sweepService = (deps: Deps) => ({
  submitSweep: submitSweep(deps),
  getSweep: getSweep(deps),
  listSweeps: listSweeps(deps),
  watchSweep: watchSweep(deps),
  pauseSweep: pauseSweep(deps),
  resumeSweep: resumeSweep(deps),
  cancelSweep: cancelSweep(deps),
  retrySweep: retrySweep(deps),
  shareSweep: shareSweep(deps),
  holdOutput: holdOutput(deps),
  freeOutput: freeOutput(deps),
  getManifest: getManifest(deps),
  listAgents: listAgents(deps),
  listQuarantine: listQuarantine(deps),
}) satisfies SweepServiceImplementation<Known>;

export const accessService = (deps: Deps) => ({
  createToken: createToken(deps),
  listTokens: listTokens(deps),
  revokeToken: revokeToken(deps),
  listAudit: listAudit(deps),
}) satisfies AccessServiceImplementation<Known>;
