import { describe, isAtlasError } from '@neuron-atlas/errors';
import type { CoordinatorClient } from '../coordinator-client.js';
import { defineCheck, type Finding } from './check.js';

export const coordinator = defineCheck({
  name: 'coordinator',
  run: async ({ world, subjects, signal }) => {
    if (subjects.coordinator === undefined) return [];
    const findings: Omit<Finding, 'check'>[] = [];
    const host = subjects.coordinator.slice(0, subjects.coordinator.lastIndexOf(':')).replace(/^\[|\]$/g, '');
    try {
      findings.push({ verdict: 'good', detail: `${host} is ${(await world.lookup(host)).join(', ')}` });
    } catch (error) {
      return [{ verdict: 'bad', detail: `${host} has no address: ${(error as Error).message}`, help: 'correct the name; in a cluster look at the Service and at the network policy for DNS' }];
    }
    let client: CoordinatorClient | undefined;
    try {
      client = await world.connect(subjects.coordinator);
      const begun = world.now();
      const { agents } = await client.sweeps.listAgents({}, { signal });
      const tookMs = world.now() - begun;
      findings.push({ verdict: 'good', detail: `answers in ${Math.round(tookMs)} ms, database included; ${agents.length} agents` });
      const versions = [...new Set(agents.map(({ version }) => version.split(' ')[0]!))].sort();
      const own = (await world.machine()).version;
      const others = versions.filter((version) => version !== own);
      if (others.length > 0) findings.push({ verdict: 'warning', detail: `agents of other versions: ${others.join(', ')}, here is ${own}`, help: 'results of different versions differ; roll the agents out to one' });
    } catch (error) {
      findings.push({ verdict: 'bad', detail: isAtlasError(error) ? error.message : String(error), help: isAtlasError(error) ? describe(error).split('\n').at(-1)!.trim() : 'look at the log of the coordinator' });
    } finally {
      client?.close();
    }
    return findings;
  },
});
