import type { Board } from '../board.js';

export const faults: Board = {
  uid: 'neuron-atlas-faults',
  title: 'neuron-atlas / Faults',
  description: 'What went wrong and was borne: leases that ran out, reports that came too late, shards given up.',
  rows: [
    { title: 'Leases', panels: [
      { title: 'Expired', description: 'Agents that went silent. Pre-emption without notice looks like this; so does a network that drops.', unit: 'short', queries: [{ expr: 'sum(increase(neuronatlas_lease_expired_total[15m]))', legend: 'in 15 minutes' }] },
      { title: 'Recovery', description: 'From the last sign of a lost agent until somebody has its shard again. Most of it is the life of a lease, 60 s by default.', unit: 's', queries: [
        { expr: 'histogram_quantile(0.5, sum by (le) (rate(neuronatlas_lease_recovery_seconds_bucket[15m])))', legend: 'median' },
        { expr: 'histogram_quantile(0.95, sum by (le) (rate(neuronatlas_lease_recovery_seconds_bucket[15m])))', legend: '95th percentile' },
      ] },
      { title: 'Shards recovered', description: 'Of lost agents, and with somebody again. Behind expired leases by those that still wait.', unit: 'short', queries: [{ expr: 'sum(increase(neuronatlas_lease_recovery_seconds_count[15m]))', legend: 'in 15 minutes' }] },
      { title: 'Reports that came too late', description: 'The fence at work: somebody else had the shard by then. Each is work done twice, none is a result changed.', unit: 'short', queries: [{ expr: 'sum(increase(neuronatlas_shard_completed_total{outcome="fenced"}[15m]))', legend: 'in 15 minutes' }] },
      { title: 'Given back', description: 'Without a failure: agents that were stopped, sweeps that were paused, and what coordinators asked for because other agents had nothing to do.', unit: 'short', queries: [
        { expr: 'sum(increase(neuronatlas_shard_released_total[15m]))', legend: 'in 15 minutes' },
        { expr: 'sum(increase(neuronatlas_shard_yield_asked_total[15m]))', legend: 'asked for' },
      ] },
      { title: 'Shards that agents gave up themselves', description: 'No renewal heard for four fifths of a lease\'s life.', unit: 'short', queries: [{ expr: 'sum(increase(neuronatlas_agent_self_fenced_total[15m]))', legend: 'in 15 minutes' }] },
      { title: 'Missed heartbeats', description: 'A few while a coordinator is replaced; many mean a network or a database.', unit: 'short', queries: [{ expr: 'sum(increase(neuronatlas_agent_heartbeat_missed_total[15m]))', legend: 'in 15 minutes' }] },
    ] },
    { title: 'Results', panels: [
      { title: 'Different results for one shard', description: 'Must be zero: the same shard gave other bytes. See the runbook.', unit: 'short', queries: [{ expr: 'sum(increase(neuronatlas_shard_completed_total{outcome="mismatch"}[1h]))', legend: 'in an hour' }] },
      { title: 'Failures, by class', description: 'By what the agent says was at fault.', unit: 'short', stacked: true, queries: [{ expr: 'sum by (class) (increase(neuronatlas_shard_failed_total[15m]))', legend: '{{class}}' }] },
      { title: 'How work on shards ends', description: 'By the agents\' own account.', unit: 'short', stacked: true, queries: [{ expr: 'sum by (outcome) (increase(neuronatlas_agent_shards_total[15m]))', legend: '{{outcome}}' }] },
    ] },
  ],
};
